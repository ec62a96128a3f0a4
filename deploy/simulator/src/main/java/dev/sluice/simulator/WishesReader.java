package dev.sluice.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads in OpenAI's words what a chat asks for beyond words. What is malformed is no wish. */
final class WishesReader {

    private static final Set<String> NO_THOUGHTS = Set.of("none", "minimal", "disable");

    private final List<Tool> tools = new ArrayList<>();
    private boolean isPlain = true;
    private boolean off;
    private boolean must;
    private @Nullable String named;
    private boolean parallel = true;
    private boolean answered;
    private @Nullable JsonNode schema;
    private boolean thinks;

    /** A message of this role was read. */
    void lastMessage(String role) {
        answered = role.equals("tool");
    }

    /** A field was read. */
    void read(String field, JsonNode told) {
        isPlain = false;
        switch (field) {
            case "tools" -> told.forEach(tool -> tool(tool.path("function")));
            case "tool_choice" -> choice(told);
            case "parallel_tool_calls" -> parallel = told.asBoolean(true);
            case "response_format" -> {
                JsonNode asked = told.at("/json_schema/schema");
                schema = asked.isObject() ? asked : null;
            }
            default -> thinks = isThoughtful(told);
        }
    }

    /** Whether an effort of reasoning means that the model thinks. */
    static boolean isThoughtful(JsonNode effort) {
        return effort.isTextual() && !NO_THOUGHTS.contains(effort.textValue());
    }

    private void tool(JsonNode function) {
        String name = function.path("name").asText();
        JsonNode parameters = function.path("parameters");
        if (!name.isEmpty()) {
            tools.add(
                    new Tool(
                            name,
                            parameters.isObject()
                                    ? parameters
                                    : JsonNodeFactory.instance.objectNode()));
        }
    }

    private void choice(JsonNode told) {
        switch (told.asText()) {
            case "none" -> off = true;
            case "required" -> must = true;
            default -> {
                String name = told.at("/function/name").asText();
                if (!name.isEmpty()) {
                    must = true;
                    named = name;
                }
            }
        }
    }

    Wishes wishes() {
        return isPlain
                ? Wishes.NONE
                : new Wishes(
                        off ? List.of() : List.copyOf(tools),
                        must,
                        named,
                        parallel,
                        answered,
                        schema,
                        thinks);
    }
}

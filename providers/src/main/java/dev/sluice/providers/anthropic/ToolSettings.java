package dev.sluice.providers.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.UnsupportedRequestException;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Makes Anthropic's {@code tools} and {@code tool_choice} of OpenAI's. */
final class ToolSettings {

    /** What LiteLLM calls the tool by which a model without structured output answers. */
    static final String ANSWER_TOOL = "json_tool_call";

    private static final List<String> TAKEN_OVER =
            List.of("cache_control", "defer_loading", "allowed_callers", "input_examples");

    private final ClaudeModel model;
    private final ArrayNode tools = JsonTrees.MAPPER.createArrayNode();
    private ObjectNode choice = choice("auto");

    ToolSettings(ClaudeModel model) {
        this.model = model;
    }

    private static ObjectNode choice(String type) {
        return JsonTrees.MAPPER.createObjectNode().put("type", type);
    }

    /** Takes the tools that the model may call. */
    void addTools(JsonNode list) throws UnsupportedRequestException {
        for (int i = 0; i < list.size(); i++) {
            JsonNode tool = list.path(i);
            JsonNode function = tool.path("function");
            if (function.isObject()) {
                tools.add(tool(tool, function));
            } else if (tool.path("custom").isObject() || !tool.isObject()) {
                throw new UnsupportedRequestException(
                        "tools[%d] is of a type that anthropic does not have.".formatted(i),
                        "tools");
            } else {
                tools.add(tool.deepCopy()); // Anthropic's own, such as web_search_20250305
            }
        }
    }

    private ObjectNode tool(JsonNode tool, JsonNode function) {
        ObjectNode made = JsonTrees.MAPPER.createObjectNode();
        made.put("name", function.path("name").asText());
        if (function.path("description").isTextual()) {
            made.set("description", function.get("description"));
        }
        ObjectNode schema =
                function.get("parameters") instanceof ObjectNode parameters
                        ? parameters.deepCopy()
                        : JsonTrees.MAPPER.createObjectNode();
        if (!schema.path("type").isTextual()) {
            schema.put("type", "object");
        }
        boolean isStrict = function.path("strict").asBoolean() && model.keepsSchemas();
        if (isStrict) {
            made.put("strict", true);
        }
        made.set("input_schema", isStrict ? OutputSchema.of(schema) : schema);
        for (String name : TAKEN_OVER) {
            JsonNode value = tool.has(name) ? tool.get(name) : function.get(name);
            if (value != null) {
                made.set(name, value);
            }
        }
        return made;
    }

    /** OpenAI's web search, which Anthropic has as a tool. */
    void addWebSearch(JsonNode options) {
        ObjectNode tool = tools.addObject();
        tool.put("type", "web_search_20250305").put("name", "web_search");
        switch (options.path("search_context_size").asText()) {
            case "low" -> tool.put("max_uses", 1);
            case "medium" -> tool.put("max_uses", 5);
            case "high" -> tool.put("max_uses", 10);
            default -> {}
        }
        if (options.path("user_location").path("approximate") instanceof ObjectNode place) {
            ObjectNode location = place.deepCopy();
            tool.set("user_location", location.put("type", "approximate"));
        }
    }

    /** Takes what the caller says of which tool to call, and of several at once. */
    void choose(JsonNode asked, JsonNode parallel) throws UnsupportedRequestException {
        choice = asked.isMissingNode() ? choice("auto") : choice(asked);
        boolean isOneByOne = parallel.isBoolean() && !parallel.booleanValue();
        if (isOneByOne && !choice.path("type").asText().equals("none")) {
            choice.put("disable_parallel_tool_use", true);
        }
    }

    private ObjectNode choice(JsonNode asked) throws UnsupportedRequestException {
        String word = asked.isTextual() ? asked.textValue() : asked.path("type").asText();
        return switch (word) {
            case "auto", "none", "any" -> choice(word);
            case "required" -> choice("any");
            case "tool" -> asked.deepCopy();
            case "function", "custom" ->
                    choice("tool").put("name", asked.path(word).path("name").asText());
            case "allowed_tools" -> allowed(asked.path("allowed_tools"));
            default ->
                    throw new UnsupportedRequestException(
                            "tool_choice is not one that anthropic has.", "tool_choice");
        };
    }

    private ObjectNode allowed(JsonNode allowed) {
        Set<String> names = new HashSet<>();
        allowed.path("tools")
                .forEach(tool -> names.add(tool.path("function").path("name").asText()));
        for (int i = tools.size() - 1; i >= 0; i--) {
            if (!names.contains(tools.path(i).path("name").asText())) {
                tools.remove(i);
            }
        }
        return choice(allowed.path("mode").asText().equals("required") ? "any" : "auto");
    }

    /**
     * Lets the model answer by calling a tool, whose arguments are the answer.
     *
     * @param mayForce a model that thinks cannot be made to call
     * @return false if the caller wants a call of a tool of its own and no answer
     */
    boolean answerByTool(ObjectNode schema, boolean mayForce) {
        String type = choice.path("type").asText();
        if (!tools.isEmpty() && (type.equals("any") || type.equals("tool"))) {
            return false;
        }
        boolean isAlone = tools.isEmpty() || type.equals("none");
        tools.addObject()
                .put("name", ANSWER_TOOL)
                .put("description", "Give your answer by calling this tool.")
                .set("input_schema", schema);
        if (!mayForce) {
            choice.put("type", "auto");
        } else if (isAlone) {
            choice = choice("tool").put("name", ANSWER_TOOL);
        } else {
            choice.put("type", "any");
        }
        return true;
    }

    /** Calls in the history need their tools to be known, even if none may be called now. */
    void declare(Set<String> called) {
        if (!tools.isEmpty()) {
            return;
        }
        for (String name : called) {
            ObjectNode tool = tools.addObject().put("name", name);
            tool.putObject("input_schema").put("type", "object");
        }
        choice = choice("none");
    }

    /** Writes {@code tools} and {@code tool_choice}. */
    void write(ObjectNode body) {
        if (tools.isEmpty()) {
            return;
        }
        body.set("tools", tools);
        if (choice.size() > 1 || !choice.path("type").asText().equals("auto")) {
            body.set("tool_choice", choice);
        }
    }
}

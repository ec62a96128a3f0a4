package dev.sluice.providers.messages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.OutputCap;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Makes a chat request of a request to {@code /v1/messages}. */
public final class ServedRequest {

    private static final Set<String> TRANSLATED =
            Set.of(
                    "model",
                    "system",
                    "messages",
                    "max_tokens",
                    "temperature",
                    "top_p",
                    "stop_sequences",
                    "stream",
                    "metadata",
                    "service_tier",
                    "tools",
                    "tool_choice");

    /** What the gateway itself is asked for; no provider ever sees it. */
    private static final List<String> FOR_THE_GATEWAY =
            List.of(
                    "cache",
                    "caching",
                    "litellm_metadata",
                    "tags",
                    "fallbacks",
                    "disable_fallbacks",
                    "num_retries",
                    "timeout");

    private static final List<String> TOOL_EXTENSIONS =
            List.of("cache_control", "defer_loading", "allowed_callers", "input_examples");

    private final JsonNode asked;
    private final ObjectNode chat = JsonTrees.MAPPER.createObjectNode();
    private final Dialect dialect;

    /**
     * What the model behind understands.
     *
     * @param bound the name under which it takes the bound of an answer
     * @param keepsExtensions whether it is a Claude behind one of our adapters, which take
     *     thoughts, cache controls and Anthropic's own tools as LiteLLM passes them; others would
     *     refuse them
     */
    public record Dialect(OutputCap.Member bound, boolean keepsExtensions) {}

    private ServedRequest(JsonNode asked, Dialect dialect) {
        this.asked = asked;
        this.dialect = dialect;
    }

    /**
     * OpenAI's chat request of Anthropic's; also of one to {@code count_tokens}.
     *
     * @throws UnservableMessagesException if it cannot be told in OpenAI's words
     */
    public static ObjectNode chat(ObjectNode messages, Dialect dialect)
            throws UnservableMessagesException {
        return new ServedRequest(messages, dialect).translated();
    }

    private ObjectNode translated() throws UnservableMessagesException {
        chat.set("model", asked.path("model"));
        if (!asked.path("messages").isArray()) {
            throw new UnservableMessagesException("messages: Field required");
        }
        var messages = new ServedMessages(chat.putArray("messages"), dialect.keepsExtensions());
        messages.addSystem(asked.path("system"));
        messages.add(asked.path("messages"));
        copy("max_tokens", dialect.bound().name().toLowerCase(Locale.ROOT));
        copy("temperature", "temperature");
        copy("top_p", "top_p");
        copy("stop_sequences", "stop");
        if (asked.path("stream").asBoolean()) {
            chat.put("stream", true).putObject("stream_options").put("include_usage", true);
        }
        JsonNode user = asked.path("metadata").path("user_id");
        if (user.isTextual()) {
            chat.set("user", user);
        }
        JsonNode tier = asked.path("service_tier");
        if (tier.isTextual()) {
            chat.put("service_tier", tier.asText().equals("standard_only") ? "default" : "auto");
        }
        if (dialect.keepsExtensions()) {
            for (Map.Entry<String, JsonNode> field : asked.properties()) {
                if (!TRANSLATED.contains(field.getKey()) && !field.getValue().isNull()) {
                    chat.set(field.getKey(), field.getValue()); // thinking, top_k, output_config
                }
            }
        } else {
            FOR_THE_GATEWAY.forEach(name -> copy(name, name));
            addEffort();
            addFormat();
        }
        addTools();
        return chat;
    }

    private void copy(String from, String to) {
        if (asked.hasNonNull(from)) {
            chat.set(to, asked.get(from));
        }
    }

    /** The reverse of LiteLLM's budgets. */
    private void addEffort() {
        JsonNode effort = asked.path("output_config").path("effort");
        switch (asked.path("thinking").path("type").asText()) {
            case "enabled" -> {
                long budget = asked.path("thinking").path("budget_tokens").asLong();
                chat.put(
                        "reasoning_effort",
                        budget <= 1_024 ? "low" : budget <= 2_048 ? "medium" : "high");
            }
            case "adaptive" -> {
                String word = effort.asText("medium");
                chat.put("reasoning_effort", word.equals("max") ? "xhigh" : word);
            }
            default -> {}
        }
    }

    private void addFormat() {
        JsonNode format = asked.path("output_config").path("format");
        if (format.path("type").asText().equals("json_schema")) {
            ObjectNode schema =
                    chat.putObject("response_format")
                            .put("type", "json_schema")
                            .putObject("json_schema");
            schema.put("name", "answer").put("strict", true).set("schema", format.path("schema"));
        }
    }

    private void addTools() throws UnservableMessagesException {
        if (asked.path("tools").isEmpty()) {
            return;
        }
        ArrayNode tools = chat.putArray("tools");
        for (int i = 0; i < asked.path("tools").size(); i++) {
            JsonNode tool = asked.path("tools").path(i);
            String type = tool.path("type").asText("custom");
            if (type.equals("custom")) {
                tools.add(function(tool));
            } else if (dialect.keepsExtensions()) {
                tools.add(tool);
            } else {
                throw new UnservableMessagesException(
                        "tools[%d]: the model has no tools of Anthropic's.".formatted(i));
            }
        }
        JsonNode choice = asked.path("tool_choice");
        switch (choice.path("type").asText()) {
            case "auto", "none" -> chat.set("tool_choice", choice.get("type"));
            case "any" -> chat.put("tool_choice", "required");
            case "tool" -> {
                ObjectNode named = chat.putObject("tool_choice").put("type", "function");
                named.putObject("function").put("name", choice.path("name").asText());
            }
            default -> {}
        }
        if (choice.path("disable_parallel_tool_use").asBoolean()) {
            chat.put("parallel_tool_calls", false);
        }
    }

    private ObjectNode function(JsonNode tool) {
        ObjectNode made = JsonTrees.MAPPER.createObjectNode().put("type", "function");
        ObjectNode function = made.putObject("function");
        function.put("name", tool.path("name").asText());
        if (tool.path("description").isTextual()) {
            function.set("description", tool.get("description"));
        }
        function.set("parameters", tool.path("input_schema"));
        if (tool.path("strict").asBoolean()) {
            function.put("strict", true);
        }
        if (dialect.keepsExtensions()) {
            for (String name : TOOL_EXTENSIONS) {
                if (tool.hasNonNull(name)) {
                    made.set(name, tool.get(name));
                }
            }
        }
        return made;
    }
}

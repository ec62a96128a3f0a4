package dev.sluice.providers.cohere;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.UnsupportedRequestException;

import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Makes a body of Cohere's {@code /v2/chat} of a chat request in OpenAI's wire. */
public final class CohereRequest {

    /** OpenAI's parameters that Cohere has. */
    public static final Set<String> PARAMETERS =
            Set.of(
                    "temperature",
                    "top_p",
                    "stop",
                    "max_tokens",
                    "max_completion_tokens",
                    "tools",
                    "tool_choice",
                    "response_format",
                    "seed",
                    "presence_penalty",
                    "frequency_penalty",
                    "reasoning_effort",
                    "thinking");

    /** What is built anew here; all other fields pass as they are. */
    private static final Set<String> TRANSLATED =
            Set.of(
                    "model",
                    "messages",
                    "top_p",
                    "top_k",
                    "stop",
                    "max_completion_tokens",
                    "tools",
                    "tool_choice",
                    "response_format",
                    "reasoning_effort",
                    "thinking");

    private CohereRequest() {}

    /**
     * The body's tree.
     *
     * @param request already without what stays in the gateway
     * @param model Cohere's name of the model
     */
    public static ObjectNode of(ObjectNode request, String model)
            throws UnsupportedRequestException {
        ObjectNode cohere = JsonTrees.MAPPER.createObjectNode();
        cohere.put("model", model);
        ArrayNode messages = cohere.putArray("messages");
        for (JsonNode message : request.path("messages")) {
            messages.add(message(message));
        }
        for (Map.Entry<String, JsonNode> field : request.properties()) {
            if (!TRANSLATED.contains(field.getKey())) {
                cohere.set(field.getKey(), field.getValue());
            }
        }
        rename(request, "max_completion_tokens", cohere, "max_tokens");
        rename(request, "top_p", cohere, "p");
        rename(request, "top_k", cohere, "k");
        JsonNode stop = request.path("stop");
        if (stop.isTextual()) {
            cohere.putArray("stop_sequences").add(stop);
        } else if (!stop.isEmpty()) {
            cohere.set("stop_sequences", stop);
        }
        tools(cohere, request);
        format(cohere, request.path("response_format"));
        thinking(cohere, request);
        return cohere;
    }

    private static void rename(ObjectNode from, String name, ObjectNode into, String other) {
        if (from.has(name)) {
            into.set(other, from.path(name));
        }
    }

    private static ObjectNode message(JsonNode message) throws UnsupportedRequestException {
        String role = message.path("role").asText();
        ObjectNode made = JsonTrees.MAPPER.createObjectNode();
        switch (role) {
            case "system", "developer" -> made.put("role", "system");
            case "user", "assistant", "tool" -> made.put("role", role);
            default -> throw unsupported("Cohere has nothing for a message's role.");
        }
        JsonNode content = message.path("content");
        if (content.isTextual()) {
            made.set("content", content);
        } else if (content.isArray()) {
            ArrayNode parts = made.putArray("content");
            for (JsonNode part : content) {
                parts.add(part(part));
            }
        } else if (!content.isNull() && !content.isMissingNode()) {
            throw unsupported("A message's content is neither a text nor a list of parts.");
        }
        if (role.equals("tool")) {
            made.set("tool_call_id", message.path("tool_call_id"));
        }
        if (role.equals("assistant")) {
            calls(made, message);
        }
        return made;
    }

    private static ObjectNode part(JsonNode part) throws UnsupportedRequestException {
        ObjectNode made = JsonTrees.MAPPER.createObjectNode();
        String type = part.path("type").asText();
        switch (type) {
            case "text", "image_url", "thinking" ->
                    made.put("type", type).set(type, part.path(type));
            case "document" -> made.put("type", type).set(type, part.path(type));
            case "refusal" -> made.put("type", "text").set("text", part.path("refusal"));
            default -> throw unsupported("Cohere has nothing for a content part of this type.");
        }
        return made;
    }

    private static void calls(ObjectNode made, JsonNode message)
            throws UnsupportedRequestException {
        rename((ObjectNode) message, "tool_plan", made, "tool_plan");
        JsonNode calls = message.path("tool_calls");
        if (calls.isEmpty()) {
            return;
        }
        if (made.path("content").asText().isEmpty() && !made.path("content").isArray()) {
            made.remove("content");
        }
        ArrayNode list = made.putArray("tool_calls");
        for (JsonNode call : calls) {
            JsonNode function = call.path("function");
            if (!function.path("name").isTextual()) {
                throw unsupported("Cohere takes tool calls of functions only.");
            }
            ObjectNode one = list.addObject();
            one.set("id", call.path("id"));
            one.put("type", "function");
            ObjectNode named = one.putObject("function");
            named.set("name", function.path("name"));
            String arguments = function.path("arguments").asText();
            named.put("arguments", arguments.isBlank() ? "{}" : arguments);
        }
    }

    private static void tools(ObjectNode cohere, ObjectNode request)
            throws UnsupportedRequestException {
        JsonNode tools = request.path("tools");
        if (tools.isEmpty()) {
            return;
        }
        ArrayNode list = cohere.putArray("tools");
        for (JsonNode tool : tools) {
            JsonNode function = tool.path("function");
            if (!function.isObject()) {
                throw new UnsupportedRequestException(
                        "Cohere takes tools of type function only.", "tools");
            }
            ObjectNode made = list.addObject().put("type", "function").putObject("function");
            rename((ObjectNode) function, "name", made, "name");
            rename((ObjectNode) function, "description", made, "description");
            if (function.path("parameters").isObject()) {
                made.set("parameters", function.path("parameters"));
            } else {
                made.putObject("parameters").put("type", "object").putObject("properties");
            }
            if (function.path("strict").asBoolean()) {
                cohere.put("strict_tools", true);
            }
        }
        JsonNode choice = request.path("tool_choice");
        switch (choice.isObject() ? "function" : choice.asText()) {
            case "", "auto" -> {
                // Cohere's default
            }
            case "required", "none" ->
                    cohere.put("tool_choice", choice.asText().toUpperCase(Locale.ROOT));
            default ->
                    throw new UnsupportedRequestException(
                            "Cohere cannot be told which tool to call.", "tool_choice");
        }
    }

    private static void format(ObjectNode cohere, JsonNode format)
            throws UnsupportedRequestException {
        switch (format.path("type").asText()) {
            case "", "text" -> {
                // Cohere's default
            }
            case "json_object" -> cohere.set("response_format", format);
            case "json_schema" ->
                    cohere.putObject("response_format")
                            .put("type", "json_object")
                            .set("json_schema", format.at("/json_schema/schema"));
            default ->
                    throw new UnsupportedRequestException(
                            "Cohere has nothing for this response_format.", "response_format");
        }
    }

    private static void thinking(ObjectNode cohere, ObjectNode request)
            throws UnsupportedRequestException {
        JsonNode thinking = request.path("thinking");
        String effort = request.path("reasoning_effort").asText();
        if (thinking.isObject()) {
            ObjectNode made = cohere.putObject("thinking");
            made.set("type", thinking.path("type"));
            rename((ObjectNode) thinking, "budget_tokens", made, "token_budget");
            rename((ObjectNode) thinking, "token_budget", made, "token_budget");
            return;
        }
        if (effort.isEmpty()) {
            return;
        }
        ObjectNode made = cohere.putObject("thinking");
        switch (effort) {
            case "none" -> made.put("type", "disabled");
            case "minimal", "low" -> made.put("type", "enabled").put("token_budget", 1_024);
            case "medium" -> made.put("type", "enabled").put("token_budget", 2_048);
            case "high", "xhigh", "max" -> made.put("type", "enabled").put("token_budget", 4_096);
            default ->
                    throw new UnsupportedRequestException(
                            "This reasoning_effort is not known.", "reasoning_effort");
        }
    }

    private static UnsupportedRequestException unsupported(String message) {
        return new UnsupportedRequestException(message, "messages");
    }
}

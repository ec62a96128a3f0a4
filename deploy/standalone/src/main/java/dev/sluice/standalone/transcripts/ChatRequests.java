package dev.sluice.standalone.transcripts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.messages.ServedRequest;
import dev.sluice.providers.messages.UnservableMessagesException;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.OutputCap;

import java.util.ArrayList;
import java.util.List;

/**
 * Makes OpenAI's chat request of the one that was recorded. What a provider alone has is left out:
 * the answer is fixed, the request must only ask for one of its kind.
 */
final class ChatRequests {

    private static final ServedRequest.Dialect CLAUDE =
            new ServedRequest.Dialect(OutputCap.Member.MAX_TOKENS, /* keepsExtensions= */ true);

    private ChatRequests() {}

    static ObjectNode of(Recording recording) {
        JsonNode body = recording.request().path("body");
        // What the provider refused, the gateway might refuse by itself.
        ObjectNode request =
                body instanceof ObjectNode recorded && !recording.isError()
                        ? switch (recording.provider()) {
                            case "anthropic" -> ofMessages(recorded);
                            case "bedrock", "gemini", "vertex" -> similar(recorded);
                            case "cohere" -> ofCohere(recorded);
                            default -> recorded.deepCopy();
                        }
                        : plain("Hello");
        request.remove("stream");
        request.remove("stream_options");
        if (recording.isStream()) {
            request.put("stream", true);
            request.putObject("stream_options").put("include_usage", true);
        }
        return request;
    }

    private static ObjectNode plain(String text) {
        ObjectNode request = JsonTrees.MAPPER.createObjectNode();
        request.putArray("messages").addObject().put("role", "user").put("content", text);
        return request;
    }

    private static ObjectNode ofMessages(ObjectNode recorded) {
        try {
            return ServedRequest.chat(recorded, CLAUDE);
        } catch (UnservableMessagesException e) {
            return plain("Hello");
        }
    }

    /** Cohere's second API words messages and tools as OpenAI does. */
    private static ObjectNode ofCohere(ObjectNode recorded) {
        JsonNode messages = recorded.path("messages");
        ObjectNode request = plain("Hello");
        if (!messages.isEmpty() && messages.findValues("documents").isEmpty()) {
            request.set("messages", messages.deepCopy());
            request.path("messages").forEach(message -> ((ObjectNode) message).remove("tool_plan"));
        }
        if (recorded.has("tools")) {
            request.set("tools", recorded.path("tools").deepCopy());
        }
        return request;
    }

    /** One message with all the text, and the same tools: for Google and Bedrock. */
    private static ObjectNode similar(ObjectNode recorded) {
        String text = String.join("\n", recorded.findValuesAsText("text"));
        ObjectNode request = plain(text.isBlank() ? "Hello" : text);
        ArrayNode tools = JsonTrees.MAPPER.createArrayNode();
        for (JsonNode declared : declarations(recorded)) {
            ObjectNode function = tools.addObject().put("type", "function").putObject("function");
            function.put("name", declared.path("name").asText());
            function.put("description", declared.path("description").asText());
            JsonNode schema = schema(declared);
            if (schema.isObject()) {
                function.set("parameters", schema.deepCopy());
            }
        }
        if (!tools.isEmpty()) {
            request.set("tools", tools);
        }
        return request;
    }

    private static List<JsonNode> declarations(ObjectNode recorded) {
        List<JsonNode> declarations = new ArrayList<>(recorded.findValues("toolSpec"));
        for (String name : List.of("functionDeclarations", "function_declarations")) {
            for (JsonNode list : recorded.findValues(name)) {
                list.forEach(declarations::add);
            }
        }
        return declarations;
    }

    /** Google's own schemas have types in capitals; these are left out. */
    private static JsonNode schema(JsonNode declared) {
        JsonNode json = declared.at("/inputSchema/json");
        for (String name : List.of("parameters_json_schema", "parametersJsonSchema")) {
            json = json.isMissingNode() ? declared.path(name) : json;
        }
        return json;
    }
}

package dev.sluice.providers.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.UnsupportedRequestException;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;

/**
 * OpenAI's messages as Gemini's {@code contents} and {@code systemInstruction}.
 *
 * <p>The results of one turn's calls stand together in one turn, as Gemini demands. All system
 * messages become the one instruction that Gemini has, wherever they stood.
 */
final class GeminiContents {

    private final boolean isThirdGeneration;
    private final ArrayNode contents = JsonTrees.MAPPER.createArrayNode();
    private final ArrayNode system = JsonTrees.MAPPER.createArrayNode();
    private final Map<String, String> namesByCall = new HashMap<>();
    private @Nullable ArrayNode results;

    private GeminiContents(boolean isThirdGeneration) {
        this.isThirdGeneration = isThirdGeneration;
    }

    /** Puts the messages into a body. */
    static void put(JsonNode messages, ObjectNode body, boolean isThirdGeneration)
            throws UnsupportedRequestException {
        var made = new GeminiContents(isThirdGeneration);
        if (!messages.isArray()) {
            throw UnsupportedRequestException.at("messages", "is not a list.");
        }
        for (int i = 0; i < messages.size(); i++) {
            made.add(messages.get(i), "messages[" + i + "]");
        }
        if (!made.system.isEmpty()) {
            body.putObject("systemInstruction").set("parts", made.system);
        }
        if (made.contents.isEmpty()) {
            // Gemini answers no instruction alone.
            made.turn("user").add(MediaParts.text(" "));
        }
        body.set("contents", made.contents);
    }

    private void add(JsonNode message, String where) throws UnsupportedRequestException {
        switch (message.path("role").asText()) {
            case "system", "developer" -> content(message, system, where);
            case "user" -> user(message, where);
            case "assistant" -> assistant(message, where);
            case "tool", "function" -> result(message, where);
            default ->
                    throw UnsupportedRequestException.at(
                            where + ".role", "is none that Gemini has.");
        }
    }

    private ArrayNode turn(String role) {
        results = null;
        return contents.addObject().put("role", role).putArray("parts");
    }

    private void user(JsonNode message, String where) throws UnsupportedRequestException {
        ArrayNode parts = turn("user");
        content(message, parts, where);
        if (parts.isEmpty()) {
            parts.add(MediaParts.text(""));
        }
    }

    private static void content(JsonNode message, ArrayNode parts, String where)
            throws UnsupportedRequestException {
        JsonNode content = message.path("content");
        if (content.isTextual()) {
            addText(parts, content.textValue());
            return;
        }
        for (JsonNode part : content) {
            ObjectNode made = MediaParts.of(part, where + ".content");
            // Gemini refuses empty texts among others.
            if (!made.path("text").asText("-").isEmpty()) {
                parts.add(made);
            }
        }
    }

    private static void addText(ArrayNode parts, String text) {
        if (!text.isEmpty()) {
            parts.add(MediaParts.text(text));
        }
    }

    private void assistant(JsonNode message, String where) throws UnsupportedRequestException {
        ArrayNode parts = JsonTrees.MAPPER.createArrayNode();
        content(message, parts, where);
        addText(parts, message.path("refusal").asText(""));
        JsonNode signatures = message.path("provider_specific_fields").path("thought_signatures");
        if (!parts.isEmpty() && signatures.path(0).isTextual()) {
            ((ObjectNode) parts.get(parts.size() - 1))
                    .put("thoughtSignature", signatures.get(signatures.size() - 1).asText());
        }
        int first = parts.size();
        JsonNode calls = message.path("tool_calls");
        for (int i = 0; i < calls.size(); i++) {
            parts.add(call(calls.path(i), where + ".tool_calls[" + i + "]"));
        }
        if (message.path("function_call").isObject()) {
            parts.add(function(message.get("function_call"), where + ".function_call"));
        }
        if (isThirdGeneration && parts.size() > first && !isSigned(parts, first)) {
            ((ObjectNode) parts.get(first)).put("thoughtSignature", ThoughtSignature.NONE);
        }
        if (!parts.isEmpty()) {
            turn("model").addAll(parts);
        }
    }

    private static boolean isSigned(ArrayNode parts, int from) {
        for (int i = from; i < parts.size(); i++) {
            if (parts.get(i).has("thoughtSignature")) {
                return true;
            }
        }
        return false;
    }

    private ObjectNode call(JsonNode call, String where) throws UnsupportedRequestException {
        if (!call.path("function").isObject()) {
            throw UnsupportedRequestException.at(where, "is no call of a function.");
        }
        ObjectNode part = function(call.get("function"), where + ".function");
        String id = call.path("id").asText("");
        if (!id.isEmpty()) {
            namesByCall.put(id, call.path("function").path("name").asText());
            ((ObjectNode) part.get("functionCall")).put("id", ThoughtSignature.id(id));
        }
        String signature = ThoughtSignature.of(call);
        if (signature != null) {
            part.put("thoughtSignature", signature);
        }
        return part;
    }

    private static ObjectNode function(JsonNode function, String where)
            throws UnsupportedRequestException {
        ObjectNode part = JsonTrees.MAPPER.createObjectNode();
        ObjectNode call =
                part.putObject("functionCall").put("name", function.path("name").asText());
        String text = function.path("arguments").asText("");
        if (text.isBlank()) {
            call.putObject("args");
            return part;
        }
        JsonNode arguments = Json.read(text);
        if (!arguments.isObject()) {
            throw UnsupportedRequestException.at(where + ".arguments", "are not a JSON object.");
        }
        call.set("args", arguments);
        return part;
    }

    private void result(JsonNode message, String where) throws UnsupportedRequestException {
        String id = message.path("tool_call_id").asText("");
        String name = namesByCall.getOrDefault(id, message.path("name").asText(""));
        if (name.isEmpty()) {
            throw UnsupportedRequestException.at(
                    where + ".tool_call_id", "names no call of an earlier message.");
        }
        ArrayNode parts = results;
        if (parts == null) {
            parts = turn("user");
            results = parts;
        }
        ObjectNode response = parts.addObject().putObject("functionResponse");
        if (!id.isEmpty()) {
            response.put("id", ThoughtSignature.id(id));
        }
        response.put("name", name);
        ArrayNode media = JsonTrees.MAPPER.createArrayNode();
        String text = text(message.path("content"), media, where);
        response.set("response", value(text, message.path("is_error").asBoolean()));
        if (!media.isEmpty() && isThirdGeneration) {
            response.set("parts", media);
        } else {
            parts.addAll(media);
        }
    }

    private static String text(JsonNode content, ArrayNode media, String where)
            throws UnsupportedRequestException {
        if (content.isTextual()) {
            return content.textValue();
        }
        var text = new StringBuilder();
        for (JsonNode part : content) {
            ObjectNode made = MediaParts.of(part, where + ".content");
            if (made.has("text")) {
                text.append(made.path("text").asText());
            } else {
                media.add(made);
            }
        }
        return text.toString();
    }

    /** An object is Gemini's to read as it is; all else stands under the names that it knows. */
    private static ObjectNode value(String text, boolean isError) {
        if (!isError && Json.read(text) instanceof ObjectNode object) {
            return object;
        }
        return JsonTrees.MAPPER.createObjectNode().put(isError ? "error" : "output", text);
    }
}

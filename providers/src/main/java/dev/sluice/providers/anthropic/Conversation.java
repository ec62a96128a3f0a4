package dev.sluice.providers.anthropic;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.UnsupportedRequestException;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Makes Anthropic's {@code system} and {@code messages} of OpenAI's messages. Neighbours of one
 * role become one message, so that all results of parallel calls stand where Anthropic wants them.
 */
final class Conversation {

    private static final Pattern UNSAFE = Pattern.compile("[^a-zA-Z0-9_-]");

    private final ArrayNode system = JsonTrees.MAPPER.createArrayNode();
    private final ArrayNode messages = JsonTrees.MAPPER.createArrayNode();
    private final Set<String> toolNames = new LinkedHashSet<>();
    private final ContentParts parts;
    private boolean lastCallsLackThoughts;

    /** Adds what must be announced to {@code betas}. */
    Conversation(Set<String> betas) {
        this.parts = new ContentParts(betas);
    }

    /** Reads OpenAI's messages. */
    void read(JsonNode list) throws UnsupportedRequestException {
        for (int i = 0; i < list.size(); i++) {
            read(list.path(i), "messages[" + i + "]");
        }
    }

    private void read(JsonNode message, String where) throws UnsupportedRequestException {
        ArrayNode blocks = JsonTrees.MAPPER.createArrayNode();
        String role = message.path("role").asText();
        switch (role) {
            case "system", "developer", "user" ->
                    parts.add(blocks, message.path("content"), where + ".content");
            case "assistant" -> addAssistant(blocks, message, where);
            case "tool", "function" -> blocks.add(result(message, where));
            default -> throw ContentParts.refused(where, "has a role that is not known");
        }
        if (blocks.isEmpty()) {
            return;
        }
        if (message.has("cache_control")) {
            ObjectNode last = (ObjectNode) blocks.get(blocks.size() - 1);
            last.set("cache_control", message.get("cache_control"));
        }
        switch (role) {
            case "system", "developer" -> system.addAll(blocks);
            case "assistant" -> append("assistant", blocks);
            default -> append("user", blocks);
        }
    }

    private void append(String role, ArrayNode blocks) {
        JsonNode last = messages.path(messages.size() - 1);
        if (last.path("role").asText().equals(role)) {
            ((ArrayNode) last.path("content")).addAll(blocks);
        } else {
            messages.addObject().put("role", role).set("content", blocks);
        }
    }

    private void addAssistant(ArrayNode blocks, JsonNode message, String where)
            throws UnsupportedRequestException {
        addThoughts(blocks, message.path("thinking_blocks"));
        boolean hasThoughts = !blocks.isEmpty();
        parts.add(blocks, message.path("content"), where + ".content");
        ContentParts.addText(blocks, message.path("refusal").asText(""));
        JsonNode calls = message.path("tool_calls");
        for (int i = 0; i < calls.size(); i++) {
            addCall(blocks, calls.path(i), "%s.tool_calls[%d]".formatted(where, i));
        }
        JsonNode legacy = message.path("function_call");
        if (legacy.isObject()) {
            addCall(blocks, legacy.path("name").asText(), legacy.path("name").asText(), legacy);
        }
        if (!calls.isEmpty() || legacy.isObject()) {
            lastCallsLackThoughts = !hasThoughts;
        }
    }

    private void addCall(ArrayNode blocks, JsonNode call, String where)
            throws UnsupportedRequestException {
        JsonNode function = call.path("function");
        if (!function.isObject()) {
            throw ContentParts.refused(where, "is not a call of a function");
        }
        addCall(blocks, call.path("id").asText(), function.path("name").asText(), function);
    }

    private void addCall(ArrayNode blocks, String id, String name, JsonNode function) {
        toolNames.add(name);
        blocks.addObject()
                .put("type", "tool_use")
                .put("id", safe(id))
                .put("name", name)
                .set("input", arguments(function.path("arguments")));
    }

    /**
     * Arguments are an object here, and any text at OpenAI: also what a model wrote wrongly or was
     * cut off in. Nothing of it may be lost, nor end the conversation.
     */
    private static JsonNode arguments(JsonNode arguments) {
        if (arguments.isObject()) {
            return arguments;
        }
        String text = arguments.asText("");
        if (text.isBlank()) {
            return JsonTrees.MAPPER.createObjectNode();
        }
        try {
            JsonNode tree = JsonTrees.MAPPER.readTree(text);
            if (tree.isObject()) {
                return tree;
            }
        } catch (JsonProcessingException _) {
            // told as the text it is
        }
        return JsonTrees.MAPPER.createObjectNode().put("arguments", text);
    }

    private ObjectNode result(JsonNode message, String where) throws UnsupportedRequestException {
        boolean isLegacy = message.path("role").asText().equals("function");
        ObjectNode result = JsonTrees.MAPPER.createObjectNode().put("type", "tool_result");
        result.put("tool_use_id", safe(message.path(isLegacy ? "name" : "tool_call_id").asText()));
        JsonNode content = message.path("content");
        if (content.isTextual()) {
            result.put("content", content.textValue());
        } else {
            ArrayNode blocks = JsonTrees.MAPPER.createArrayNode();
            parts.add(blocks, content, where + ".content");
            if (!blocks.isEmpty()) {
                result.set("content", blocks);
            }
        }
        if (message.path("is_error").asBoolean()) {
            result.put("is_error", true);
        }
        return result;
    }

    /**
     * Thoughts that a caller gives back, whole or in the pieces of a stream: a signature ends each.
     * One without a signature would be refused.
     */
    private static void addThoughts(ArrayNode blocks, JsonNode thoughts) {
        var text = new StringBuilder();
        for (JsonNode thought : thoughts) {
            if (thought.path("type").asText().equals("redacted_thinking")) {
                blocks.addObject()
                        .put("type", "redacted_thinking")
                        .put("data", thought.path("data").asText());
                continue;
            }
            text.append(thought.path("thinking").asText());
            String signature = thought.path("signature").asText("");
            if (!signature.isEmpty()) {
                blocks.addObject()
                        .put("type", "thinking")
                        .put("thinking", text.toString())
                        .put("signature", signature);
                text.setLength(0);
            }
        }
    }

    /** Ids of other providers may have characters that Anthropic refuses. */
    private static String safe(String id) {
        return id.isEmpty() ? "_" : UNSAFE.matcher(id).replaceAll("_");
    }

    /** Writes {@code system} and {@code messages}. */
    void write(ObjectNode body) {
        if (messages.isEmpty() && !system.isEmpty()) {
            // Anthropic wants a message, OpenAI is content with instructions.
            append("user", system.deepCopy());
            system.removeAll();
        }
        trimEnd();
        if (!system.isEmpty()) {
            body.set("system", system);
        }
        body.set("messages", messages);
    }

    /** Anthropic goes on with a last message of the assistant, which must not end in a blank. */
    private void trimEnd() {
        JsonNode last = messages.path(messages.size() - 1);
        JsonNode content = last.path("content");
        JsonNode block = content.path(content.size() - 1);
        if (last.path("role").asText().equals("assistant")
                && block.path("type").asText().equals("text")) {
            ((ObjectNode) block).put("text", block.path("text").asText().stripTrailing());
        }
    }

    /** The tools that were called. */
    Set<String> toolNames() {
        return toolNames;
    }

    /** Whether the last calls came without the thoughts that led to them. */
    boolean lastCallsLackThoughts() {
        return lastCallsLackThoughts;
    }
}

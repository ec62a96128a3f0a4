package dev.sluice.providers.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.UnsupportedRequestException;

/**
 * Makes Converse's {@code system} and {@code messages} of OpenAI's messages. Converse knows two
 * roles that take turns: messages of one role in a row become one, and the results of tools are
 * what the user says.
 */
final class ConverseMessages {

    private final ConverseContent content = new ConverseContent();
    private final ArrayNode system;
    private final ArrayNode messages;

    private ConverseMessages(ObjectNode converse) {
        this.system = JsonTrees.MAPPER.createArrayNode();
        this.messages = converse.putArray("messages");
    }

    /** Adds both to a request. */
    static void add(ObjectNode converse, JsonNode messages) throws UnsupportedRequestException {
        var made = new ConverseMessages(converse);
        for (JsonNode message : messages) {
            made.message(message);
        }
        if (!made.system.isEmpty()) {
            converse.set("system", made.system);
        }
    }

    private void message(JsonNode message) throws UnsupportedRequestException {
        switch (message.path("role").asText()) {
            case "system", "developer" -> content(system, message);
            case "user" -> content(turn("user"), message);
            case "assistant" -> assistant(message);
            case "tool" -> {
                ArrayNode blocks = turn("user");
                content.toolResult(blocks, message);
                ConverseContent.cachePoint(blocks, message);
            }
            default ->
                    throw ConverseContent.unsupported("Bedrock has nothing for a message's role.");
        }
    }

    private void content(ArrayNode blocks, JsonNode message) throws UnsupportedRequestException {
        content.append(blocks, message.path("content"));
        ConverseContent.cachePoint(blocks, message);
    }

    private void assistant(JsonNode message) throws UnsupportedRequestException {
        if (message.path("function_call").isObject()) {
            throw ConverseContent.unsupported(
                    "Bedrock takes tool_calls, not the older function_call.");
        }
        ArrayNode blocks = JsonTrees.MAPPER.createArrayNode();
        for (JsonNode block : message.path("thinking_blocks")) {
            ConverseContent.thinking(blocks, block);
        }
        content.append(blocks, message.path("content"));
        if (message.path("refusal").isTextual()) {
            blocks.addObject().set("text", message.path("refusal"));
        }
        for (JsonNode call : message.path("tool_calls")) {
            ConverseContent.toolUse(blocks, call);
        }
        ConverseContent.cachePoint(blocks, message);
        if (!blocks.isEmpty()) {
            turn("assistant").addAll(blocks);
        }
    }

    /** The blocks of the running turn, or of a new one. */
    private ArrayNode turn(String role) {
        JsonNode last = messages.path(messages.size() - 1);
        if (last.path("role").asText().equals(role)
                && last.path("content") instanceof ArrayNode blocks) {
            return blocks;
        }
        ObjectNode turn = messages.addObject().put("role", role);
        return turn.putArray("content");
    }
}

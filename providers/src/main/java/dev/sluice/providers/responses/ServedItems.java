package dev.sluice.providers.responses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.UnsupportedRequestException;

/**
 * Makes a chat's messages of a response's items. What the assistant said, thought and called
 * between two words of others is one message of a chat.
 */
final class ServedItems {

    private final ArrayNode messages;
    private final boolean keepsThoughts;

    /** The assistant's turn that may still go on. */
    private ArrayNode said = JsonTrees.MAPPER.createArrayNode();

    private ArrayNode calls = JsonTrees.MAPPER.createArrayNode();
    private ArrayNode thoughts = JsonTrees.MAPPER.createArrayNode();

    /** Writes to {@code messages}. */
    ServedItems(ArrayNode messages, boolean keepsThoughts) {
        this.messages = messages;
        this.keepsThoughts = keepsThoughts;
    }

    void addInstructions(JsonNode instructions) throws UnsupportedRequestException {
        if (instructions.isTextual()) {
            if (!instructions.asText().isEmpty()) {
                messages.addObject().put("role", "system").set("content", instructions);
            }
        } else if (!instructions.isNull() && !instructions.isMissingNode()) {
            throw UnsupportedRequestException.at("instructions", "must be a string.");
        }
    }

    void addInput(JsonNode input) throws UnsupportedRequestException {
        if (input.isTextual()) {
            messages.addObject().put("role", "user").set("content", input);
            return;
        }
        if (!input.isArray()) {
            throw new UnsupportedRequestException(
                    input.isNull() || input.isMissingNode()
                            ? "Missing required parameter: 'input'."
                            : "input must be a string or an array of items.",
                    "input");
        }
        if (input.isEmpty()) {
            throw UnsupportedRequestException.at("input", "has no items.");
        }
        for (int i = 0; i < input.size(); i++) {
            addItem(input.path(i), "input[%d]".formatted(i));
        }
        endTurn();
    }

    private void addItem(JsonNode item, String where) throws UnsupportedRequestException {
        String type = item.path("type").asText(item.has("role") ? "message" : "");
        switch (type) {
            case "message" -> addMessage(item, where);
            case "function_call" -> addCall(item, where);
            case "function_call_output" -> addResult(item, where);
            case "reasoning" -> addThoughts(item);
            default ->
                    throw UnsupportedRequestException.at(
                            where + ".type",
                            "cannot be %s for this model: it takes message, function_call, function_call_output and reasoning."
                                    .formatted(BuiltIn.named(type)));
        }
    }

    private void addMessage(JsonNode item, String where) throws UnsupportedRequestException {
        String role = item.path("role").asText();
        JsonNode content = item.path("content");
        if (role.equals("assistant")) {
            if (!said.isEmpty() && calls.isEmpty()) {
                endTurn();
            }
            ServedParts.add(said, content, where + ".content");
            return;
        }
        endTurn();
        ArrayNode parts = JsonTrees.MAPPER.createArrayNode();
        ServedParts.add(parts, content, where + ".content");
        // A developer is OpenAI's newer word for the system; not every provider has learnt it.
        String told =
                switch (role) {
                    case "user" -> "user";
                    case "system", "developer" -> "system";
                    default ->
                            throw UnsupportedRequestException.at(
                                    where + ".role",
                                    "must be user, assistant, system or developer.");
                };
        ServedParts.setContent(messages.addObject().put("role", told), parts);
    }

    private void addCall(JsonNode item, String where) throws UnsupportedRequestException {
        ObjectNode call = calls.addObject();
        call.put("id", text(item, "call_id", where)).put("type", "function");
        String arguments = text(item, "arguments", where);
        call.putObject("function")
                .put("name", text(item, "name", where))
                .put("arguments", arguments.isBlank() ? "{}" : arguments);
    }

    private void addResult(JsonNode item, String where) throws UnsupportedRequestException {
        endTurn();
        ArrayNode parts = JsonTrees.MAPPER.createArrayNode();
        ServedParts.add(parts, item.path("output"), where + ".output");
        ObjectNode message = messages.addObject().put("role", "tool");
        message.put("tool_call_id", text(item, "call_id", where));
        ServedParts.setContent(message, parts);
    }

    /** Thoughts in the open are nobody's input; sealed ones go back to who sealed them. */
    private void addThoughts(JsonNode item) {
        if (keepsThoughts) {
            SealedThoughts.read(item.path("encrypted_content").asText(""))
                    .ifPresent(thoughts::addAll);
        }
    }

    private void endTurn() {
        if (!said.isEmpty() || !calls.isEmpty()) {
            ObjectNode message = messages.addObject().put("role", "assistant");
            if (said.isEmpty()) {
                message.putNull("content");
            } else {
                ServedParts.setContent(message, said);
            }
            if (!thoughts.isEmpty()) {
                message.set("thinking_blocks", thoughts);
            }
            if (!calls.isEmpty()) {
                message.set("tool_calls", calls);
            }
        }
        said = JsonTrees.MAPPER.createArrayNode();
        calls = JsonTrees.MAPPER.createArrayNode();
        thoughts = JsonTrees.MAPPER.createArrayNode();
    }

    private static String text(JsonNode item, String name, String where)
            throws UnsupportedRequestException {
        JsonNode value = item.path(name);
        if (!value.isTextual()) {
            throw UnsupportedRequestException.at(where + "." + name, "must be a string.");
        }
        return value.asText();
    }
}

package dev.sluice.providers.responses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.UnsupportedRequestException;

/** Makes a chat's tools of a response's. Only functions are told apart from OpenAI's machines. */
final class ServedTools {

    private final JsonNode asked;
    private final ObjectNode chat;

    ServedTools(JsonNode asked, ObjectNode chat) {
        this.asked = asked;
        this.chat = chat;
    }

    void add() throws UnsupportedRequestException {
        JsonNode tools = asked.path("tools");
        if (!tools.isArray() && !tools.isNull() && !tools.isMissingNode()) {
            throw UnsupportedRequestException.at("tools", "must be an array.");
        }
        if (tools.isEmpty()) {
            return; // a choice among none, and how many at once, ask for nothing
        }
        ArrayNode made = chat.putArray("tools");
        for (int i = 0; i < tools.size(); i++) {
            made.add(tool(tools.path(i), "tools[%d]".formatted(i)));
        }
        addChoice(asked.path("tool_choice"));
        if (asked.path("parallel_tool_calls").isBoolean()) {
            chat.set("parallel_tool_calls", asked.get("parallel_tool_calls"));
        }
    }

    private static ObjectNode tool(JsonNode tool, String where) throws UnsupportedRequestException {
        String type = tool.path("type").asText();
        if (!type.equals("function")) {
            throw UnsupportedRequestException.at(
                    where + ".type",
                    "cannot be %s for this model: it has tools of type function only."
                            .formatted(BuiltIn.named(type)));
        }
        if (!tool.path("name").isTextual()) {
            throw UnsupportedRequestException.at(where + ".name", "must be a string.");
        }
        ObjectNode made = JsonTrees.MAPPER.createObjectNode().put("type", "function");
        ObjectNode function = made.putObject("function");
        function.set("name", tool.get("name"));
        for (String name : new String[] {"description", "parameters"}) {
            if (tool.hasNonNull(name)) {
                function.set(name, tool.get(name));
            }
        }
        if (tool.path("strict").asBoolean()) {
            function.put("strict", true);
        }
        return made;
    }

    private void addChoice(JsonNode choice) throws UnsupportedRequestException {
        if (choice.isNull() || choice.isMissingNode()) {
            return;
        }
        String word = choice.isTextual() ? choice.asText() : choice.path("type").asText();
        switch (word) {
            case "auto", "none", "required" -> chat.put("tool_choice", word);
            case "function" ->
                    chat.putObject("tool_choice")
                            .put("type", "function")
                            .putObject("function")
                            .put("name", choice.path("name").asText());
            default ->
                    throw UnsupportedRequestException.at(
                            "tool_choice", "must be auto, none, required or one function.");
        }
    }
}

package dev.sluice.providers.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.UnsupportedRequestException;

/** OpenAI's tools, and which of them to use, as Gemini's. */
final class GeminiTools {

    private GeminiTools() {}

    /** Functions are declared; Gemini's own tools, which have no {@code type}, pass. */
    static void tools(JsonNode tools, ObjectNode body) throws UnsupportedRequestException {
        if (!tools.isArray()) {
            throw UnsupportedRequestException.at("tools", "is not a list.");
        }
        ArrayNode declared = JsonTrees.MAPPER.createArrayNode();
        for (int i = 0; i < tools.size(); i++) {
            JsonNode tool = tools.path(i);
            switch (tool.path("type").asText("")) {
                case "function" -> declared.add(declaration(tool.path("function")));
                case "web_search", "web_search_preview" ->
                        body.withArray("tools").addObject().putObject("googleSearch");
                case "" -> body.withArray("tools").add(tool);
                default ->
                        throw UnsupportedRequestException.at(
                                "tools[" + i + "].type", "is none that Gemini has.");
            }
        }
        declare(declared, body);
    }

    /** The functions of requests from before there were tools. */
    static void functions(JsonNode functions, ObjectNode body) {
        ArrayNode declared = JsonTrees.MAPPER.createArrayNode();
        functions.forEach(function -> declared.add(declaration(function)));
        declare(declared, body);
    }

    private static void declare(ArrayNode declared, ObjectNode body) {
        if (!declared.isEmpty()) {
            body.withArray("tools").addObject().set("functionDeclarations", declared);
        }
    }

    private static ObjectNode declaration(JsonNode function) {
        ObjectNode made = JsonTrees.MAPPER.createObjectNode();
        made.put("name", function.path("name").asText());
        if (function.path("description").isTextual()) {
            made.set("description", function.get("description"));
        }
        if (function.path("parameters").isObject()) {
            made.set("parametersJsonSchema", SchemaSubset.of(function.get("parameters")));
        }
        return made;
    }

    /** {@code tool_choice}, or {@code function_call} of old. */
    static void choice(String param, JsonNode choice, ObjectNode body)
            throws UnsupportedRequestException {
        ObjectNode config = JsonTrees.MAPPER.createObjectNode();
        switch (choice.asText("")) {
            case "auto" -> config.put("mode", "AUTO");
            case "none" -> config.put("mode", "NONE");
            case "required", "any" -> config.put("mode", "ANY");
            default -> {
                JsonNode named = choice.has("function") ? choice.path("function") : choice;
                if (!named.path("name").isTextual()) {
                    throw UnsupportedRequestException.at(param, "is none that Gemini has.");
                }
                config.put("mode", "ANY");
                config.putArray("allowedFunctionNames").add(named.get("name"));
            }
        }
        body.putObject("toolConfig").set("functionCallingConfig", config);
    }
}

package dev.sluice.providers.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.UnsupportedRequestException;

/** Makes Converse's {@code toolConfig} of OpenAI's {@code tools} and {@code tool_choice}. */
final class ConverseTools {

    private ConverseTools() {}

    /**
     * Adds the tools, if there are any.
     *
     * @param additional the model's own fields, for what Converse has no name for
     */
    static void add(
            ObjectNode converse, ObjectNode additional, ObjectNode request, ModelFamily family)
            throws UnsupportedRequestException {
        JsonNode tools = request.path("tools");
        boolean isSerial =
                request.path("parallel_tool_calls").isBoolean()
                        && !request.path("parallel_tool_calls").asBoolean();
        if (tools.isEmpty()) {
            return;
        }
        JsonNode choice = request.path("tool_choice");
        if (choice.asText().equals("none")) {
            if (hasToolTurns(request)) {
                throw new UnsupportedRequestException(
                        "Bedrock has no tool_choice \"none\" for conversations with tool calls.",
                        "tool_choice");
            }
            return; // tools that must not be called need not be known
        }
        if (isSerial && !family.isClaude()) {
            throw new UnsupportedRequestException(
                    "This model of Bedrock has no parallel_tool_calls.", "parallel_tool_calls");
        }
        ObjectNode config = converse.putObject("toolConfig");
        ArrayNode specs = config.putArray("tools");
        for (JsonNode tool : tools) {
            spec(specs, tool);
        }
        if (isSerial) {
            additional.set("tool_choice", claudeChoice(choice));
        } else {
            choice(config, choice);
        }
    }

    private static boolean hasToolTurns(ObjectNode request) {
        for (JsonNode message : request.path("messages")) {
            if (message.path("role").asText().equals("tool")
                    || !message.path("tool_calls").isEmpty()) {
                return true;
            }
        }
        return false;
    }

    private static void spec(ArrayNode specs, JsonNode tool) throws UnsupportedRequestException {
        JsonNode function = tool.path("function");
        if (!tool.path("type").asText("function").equals("function") || !function.isObject()) {
            if (tool.has("toolSpec") || tool.has("systemTool")) {
                specs.add(tool); // Bedrock's own form
                return;
            }
            throw new UnsupportedRequestException(
                    "Bedrock takes tools of type function only.", "tools");
        }
        ObjectNode spec = specs.addObject().putObject("toolSpec");
        spec.set("name", function.path("name"));
        if (!function.path("description").asText().isEmpty()) {
            spec.set("description", function.path("description"));
        }
        JsonNode parameters = function.path("parameters");
        ObjectNode schema = spec.putObject("inputSchema");
        schema.set("json", parameters.isObject() ? parameters : anything());
        if (function.path("strict").asBoolean()) {
            spec.put("strict", true);
        }
        ConverseContent.cachePoint(specs, tool.has("cache_control") ? tool : function);
    }

    private static ObjectNode anything() {
        ObjectNode schema = JsonTrees.MAPPER.createObjectNode();
        schema.put("type", "object").putObject("properties");
        return schema;
    }

    private static void choice(ObjectNode config, JsonNode choice)
            throws UnsupportedRequestException {
        switch (kind(choice)) {
            case "" -> {
                // the provider's default
            }
            case "auto" -> config.putObject("toolChoice").putObject("auto");
            case "required" -> config.putObject("toolChoice").putObject("any");
            case "function" ->
                    config.putObject("toolChoice")
                            .putObject("tool")
                            .set("name", choice.at("/function/name"));
            default -> throw unknown();
        }
    }

    private static ObjectNode claudeChoice(JsonNode choice) throws UnsupportedRequestException {
        ObjectNode claude = JsonTrees.MAPPER.createObjectNode();
        switch (kind(choice)) {
            case "", "auto" -> claude.put("type", "auto");
            case "required" -> claude.put("type", "any");
            case "function" -> {
                claude.put("type", "tool");
                claude.set("name", choice.at("/function/name"));
            }
            default -> throw unknown();
        }
        return claude.put("disable_parallel_tool_use", true);
    }

    private static String kind(JsonNode choice) {
        return choice.isObject() ? choice.path("type").asText() : choice.asText();
    }

    private static UnsupportedRequestException unknown() {
        return new UnsupportedRequestException(
                "Bedrock has nothing for this tool_choice.", "tool_choice");
    }
}

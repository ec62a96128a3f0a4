package dev.sluice.providers.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;

/** Reads Converse's requests back into OpenAI's: a judge that shares no code with the adapter. */
final class ConverseReader {

    private ConverseReader() {}

    /** Messages, tools and the simple parameters. */
    static ObjectNode openAi(JsonNode converse) {
        ObjectNode request = JsonTrees.MAPPER.createObjectNode();
        request.put("model", "m");
        ArrayNode messages = request.putArray("messages");
        if (!converse.path("system").isEmpty()) {
            ArrayNode parts = messages.addObject().put("role", "system").putArray("content");
            converse.path("system").forEach(block -> part(parts, block));
        }
        converse.path("messages").forEach(message -> message(messages, message));
        JsonNode config = converse.path("toolConfig");
        if (!config.path("tools").isEmpty()) {
            ArrayNode tools = request.putArray("tools");
            config.path("tools").forEach(tool -> tool(tools, tool));
        }
        JsonNode choice = config.path("toolChoice");
        if (choice.has("auto")) {
            request.put("tool_choice", "auto");
        } else if (choice.has("any")) {
            request.put("tool_choice", "required");
        } else if (choice.has("tool")) {
            ObjectNode named = request.putObject("tool_choice").put("type", "function");
            named.putObject("function").set("name", choice.at("/tool/name"));
        }
        JsonNode inference = converse.path("inferenceConfig");
        copy(inference, "temperature", request, "temperature");
        copy(inference, "topP", request, "top_p");
        copy(inference, "maxTokens", request, "max_tokens");
        copy(inference, "stopSequences", request, "stop");
        JsonNode schema = converse.at("/outputConfig/textFormat/structure/jsonSchema");
        if (schema.isObject()) {
            ObjectNode format = request.putObject("response_format").put("type", "json_schema");
            ObjectNode named = format.putObject("json_schema");
            copy(schema, "name", named, "name");
            copy(schema, "description", named, "description");
            named.set("schema", Exchanges.tree(schema.path("schema").asText()));
        }
        return request;
    }

    private static void copy(JsonNode from, String name, ObjectNode into, String other) {
        if (from.has(name)) {
            into.set(other, from.path(name));
        }
    }

    private static void message(ArrayNode messages, JsonNode message) {
        String role = message.path("role").asText();
        ObjectNode current = null;
        for (JsonNode block : message.path("content")) {
            if (block.has("toolResult")) {
                JsonNode result = block.path("toolResult");
                ObjectNode tool = messages.addObject().put("role", "tool");
                tool.set("tool_call_id", result.path("toolUseId"));
                ArrayNode parts = tool.putArray("content");
                result.path("content").forEach(part -> part(parts, part));
                if (result.path("status").asText().equals("error")) {
                    tool.put("is_error", true);
                }
                current = null;
                continue;
            }
            if (current == null) {
                current = messages.addObject().put("role", role);
            }
            if (block.has("toolUse")) {
                JsonNode use = block.path("toolUse");
                ObjectNode call = current.withArray("tool_calls").addObject();
                call.set("id", use.path("toolUseId"));
                call.put("type", "function");
                ObjectNode function = call.putObject("function");
                function.set("name", use.path("name"));
                function.put("arguments", use.path("input").toString());
            } else {
                part(current.withArray("content"), block);
            }
        }
    }

    private static void part(ArrayNode parts, JsonNode block) {
        if (block.has("text")) {
            parts.addObject().put("type", "text").set("text", block.path("text"));
        } else if (block.has("cachePoint") && !parts.isEmpty()) {
            ((ObjectNode) parts.get(parts.size() - 1))
                    .putObject("cache_control")
                    .put("type", "ephemeral");
        } else if (block.has("image")) {
            JsonNode image = block.path("image");
            JsonNode s3 = image.at("/source/s3Location/uri");
            String url =
                    s3.isTextual()
                            ? s3.asText()
                            : "data:image/%s;base64,%s"
                                    .formatted(
                                            image.path("format").asText(),
                                            image.at("/source/bytes").asText());
            parts.addObject().put("type", "image_url").putObject("image_url").put("url", url);
        } else if (block.has("document")) {
            JsonNode document = block.path("document");
            String media = document.path("format").asText();
            parts.addObject()
                    .put("type", "file")
                    .putObject("file")
                    .put("filename", document.path("name").asText() + "." + media)
                    .put(
                            "file_data",
                            "data:application/%s;base64,%s"
                                    .formatted(media, document.at("/source/bytes").asText()));
        }
    }

    private static void tool(ArrayNode tools, JsonNode tool) {
        if (tool.has("cachePoint")) {
            ((ObjectNode) tools.get(tools.size() - 1))
                    .putObject("cache_control")
                    .put("type", "ephemeral");
            return;
        }
        JsonNode spec = tool.path("toolSpec");
        ObjectNode function = tools.addObject().put("type", "function").putObject("function");
        copy(spec, "name", function, "name");
        copy(spec, "description", function, "description");
        function.set("parameters", spec.at("/inputSchema/json"));
    }
}

package dev.sluice.providers.messages;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;

/** Makes OpenAI's messages of Anthropic's. */
final class ServedMessages {

    private final ArrayNode messages;
    private final boolean keepsExtensions;

    /** Writes to {@code messages}. */
    ServedMessages(ArrayNode messages, boolean keepsExtensions) {
        this.messages = messages;
        this.keepsExtensions = keepsExtensions;
    }

    void addSystem(JsonNode system) throws UnservableMessagesException {
        ArrayNode parts = JsonTrees.MAPPER.createArrayNode();
        addParts(parts, system, "system");
        add("system", parts);
    }

    void add(JsonNode list) throws UnservableMessagesException {
        for (int i = 0; i < list.size(); i++) {
            String where = "messages[%d]".formatted(i);
            JsonNode message = list.path(i);
            switch (message.path("role").asText()) {
                case "user" -> addUser(message.path("content"), where);
                case "assistant" -> addAssistant(message.path("content"), where);
                case "system" -> addSystem(message.path("content"));
                default -> throw new UnservableMessagesException(where + ": the role is unknown.");
            }
        }
    }

    /** Results of tools come first, as they do at Anthropic. */
    private void addUser(JsonNode content, String where) throws UnservableMessagesException {
        ArrayNode parts = JsonTrees.MAPPER.createArrayNode();
        for (JsonNode block : content) {
            if (block.path("type").asText().equals("tool_result")) {
                addResult(block, where);
            }
        }
        addParts(parts, content, where);
        add("user", parts);
    }

    private void addResult(JsonNode block, String where) throws UnservableMessagesException {
        ArrayNode parts = JsonTrees.MAPPER.createArrayNode();
        addParts(parts, block.path("content"), where);
        ObjectNode message = messages.addObject().put("role", "tool");
        message.put("tool_call_id", block.path("tool_use_id").asText());
        setContent(message, parts);
        if (keepsExtensions) {
            copy(block, message, "is_error");
            copy(block, message, "cache_control");
        }
    }

    private void addAssistant(JsonNode content, String where) throws UnservableMessagesException {
        ArrayNode parts = JsonTrees.MAPPER.createArrayNode();
        ArrayNode calls = JsonTrees.MAPPER.createArrayNode();
        ArrayNode thoughts = JsonTrees.MAPPER.createArrayNode();
        addParts(parts, content, where);
        for (JsonNode block : content) {
            switch (block.path("type").asText()) {
                case "tool_use" -> {
                    ObjectNode call = calls.addObject().put("id", block.path("id").asText());
                    call.put("type", "function");
                    call.putObject("function")
                            .put("name", block.path("name").asText())
                            .put("arguments", json(block.path("input")));
                }
                case "thinking", "redacted_thinking" -> thoughts.add(block);
                default -> {}
            }
        }
        ObjectNode message = messages.addObject().put("role", "assistant");
        if (parts.isEmpty()) {
            message.putNull("content");
        } else {
            setContent(message, parts);
        }
        if (keepsExtensions && !thoughts.isEmpty()) {
            message.set("thinking_blocks", thoughts);
        }
        if (!calls.isEmpty()) {
            message.set("tool_calls", calls);
        }
    }

    private static String json(JsonNode input) {
        return input.isObject() ? new String(JsonTrees.bytes(input), UTF_8) : "{}";
    }

    private void add(String role, ArrayNode parts) {
        if (!parts.isEmpty()) {
            setContent(messages.addObject().put("role", role), parts);
        }
    }

    /** One text without marks is a plain string, which every provider takes. */
    private static void setContent(ObjectNode message, ArrayNode parts) {
        JsonNode first = parts.path(0);
        if (parts.isEmpty()) {
            message.put("content", "");
        } else if (parts.size() == 1 && first.size() == 2 && first.has("text")) {
            message.set("content", first.get("text"));
        } else {
            message.set("content", parts);
        }
    }

    private void addParts(ArrayNode parts, JsonNode content, String where)
            throws UnservableMessagesException {
        if (content.isTextual()) {
            parts.addObject().put("type", "text").set("text", content);
            return;
        }
        for (JsonNode block : content) {
            int before = parts.size();
            addPart(parts, block, where);
            if (keepsExtensions && parts.size() > before) {
                copy(block, (ObjectNode) parts.get(before), "cache_control");
            }
        }
    }

    private void addPart(ArrayNode parts, JsonNode block, String where)
            throws UnservableMessagesException {
        JsonNode source = block.path("source");
        switch (block.path("type").asText()) {
            case "text" ->
                    parts.addObject().put("type", "text").put("text", block.path("text").asText());
            case "image" -> {
                boolean isUrl = source.path("type").asText().equals("url");
                String url = isUrl ? source.path("url").asText() : dataUrl(source);
                parts.addObject().put("type", "image_url").putObject("image_url").put("url", url);
            }
            case "document" -> addDocument(parts, block, source, where);
            case "tool_result", "tool_use", "thinking", "redacted_thinking" -> {} // elsewhere
            default -> {
                if (!keepsExtensions || !block.isObject()) {
                    throw new UnservableMessagesException(
                            where + ": a content block is of a type that only Anthropic knows.");
                }
                parts.add(block);
            }
        }
    }

    private static void addDocument(ArrayNode parts, JsonNode block, JsonNode source, String where)
            throws UnservableMessagesException {
        switch (source.path("type").asText()) {
            case "text" ->
                    parts.addObject().put("type", "text").put("text", source.path("data").asText());
            case "base64" -> {
                ObjectNode file = parts.addObject().put("type", "file").putObject("file");
                file.put("filename", block.path("title").asText("document.pdf"));
                file.put("file_data", dataUrl(source));
            }
            case "file" ->
                    parts.addObject()
                            .put("type", "file")
                            .putObject("file")
                            .put("file_id", source.path("file_id").asText());
            default ->
                    throw new UnservableMessagesException(
                            where + ": a document's source is of a type that is not served.");
        }
    }

    private static String dataUrl(JsonNode source) {
        return "data:%s;base64,%s"
                .formatted(source.path("media_type").asText(), source.path("data").asText());
    }

    private static void copy(JsonNode from, ObjectNode to, String name) {
        if (from.hasNonNull(name)) {
            to.set(name, from.get(name));
        }
    }
}

package dev.sluice.providers.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.UnsupportedRequestException;

import java.util.Base64;
import java.util.Locale;
import java.util.Set;

/** Makes Anthropic's content blocks of OpenAI's content parts. */
final class ContentParts {

    /** What must be announced in {@code anthropic-beta} where files are named by their id. */
    static final String FILES_BETA = "files-api-2025-04-14";

    private final Set<String> betas;

    /** Adds what must be announced to {@code betas}. */
    ContentParts(Set<String> betas) {
        this.betas = betas;
    }

    /** A text block; Anthropic refuses blank ones. */
    static void addText(ArrayNode blocks, String text) {
        if (!text.isBlank()) {
            blocks.addObject().put("type", "text").put("text", text);
        }
    }

    /** Adds a content, which is a text or a list of parts. */
    void add(ArrayNode blocks, JsonNode content, String where) throws UnsupportedRequestException {
        if (content.isTextual()) {
            addText(blocks, content.textValue());
        } else if (content.isArray()) {
            for (int i = 0; i < content.size(); i++) {
                addPart(blocks, content.path(i), "%s[%d]".formatted(where, i));
            }
        } else if (!content.isNull() && !content.isMissingNode()) {
            throw refused(where, "is neither text nor a list of parts");
        }
    }

    private void addPart(ArrayNode blocks, JsonNode part, String where)
            throws UnsupportedRequestException {
        int before = blocks.size();
        switch (part.path("type").asText()) {
            case "text" -> addText(blocks, part.path("text").asText());
            case "refusal" -> addText(blocks, part.path("refusal").asText());
            case "image_url" -> blocks.add(image(part.path("image_url"), where));
            case "file" -> blocks.add(file(part.path("file"), where));
            case "input_audio" -> throw refused(where, "is audio, which anthropic does not take");
            case "" -> addUntyped(blocks, part, where);
            default -> blocks.add(part.deepCopy()); // Anthropic's own, such as document
        }
        if (part.has("cache_control") && blocks.size() > before) {
            ((ObjectNode) blocks.get(before)).set("cache_control", part.get("cache_control"));
        }
    }

    private static void addUntyped(ArrayNode blocks, JsonNode part, String where)
            throws UnsupportedRequestException {
        if (!part.isTextual()) {
            throw refused(where, "has no type");
        }
        addText(blocks, part.textValue());
    }

    private static ObjectNode image(JsonNode image, String where)
            throws UnsupportedRequestException {
        String url = image.isTextual() ? image.textValue() : image.path("url").asText();
        if (!isData(url)) {
            return block("image", urlSource(url));
        }
        DataUrl data = DataUrl.of(url, where);
        String stated = image.path("format").asText();
        return block("image", base64(stated.isEmpty() ? data.mediaType() : stated, data.base64()));
    }

    private ObjectNode file(JsonNode file, String where) throws UnsupportedRequestException {
        String id = file.path("file_id").asText();
        String content = file.path("file_data").asText();
        ObjectNode block;
        if (content.isEmpty() && id.startsWith("https://")) {
            block = block("document", urlSource(id));
        } else if (content.isEmpty() && !id.isEmpty()) {
            betas.add(FILES_BETA);
            ObjectNode source = JsonTrees.MAPPER.createObjectNode();
            block = block("document", source.put("type", "file").put("file_id", id));
        } else {
            block = document(file, content, where);
        }
        String name = file.path("filename").asText();
        if (!name.isEmpty() && block.path("type").asText().equals("document")) {
            block.put("title", name);
        }
        return block;
    }

    private static ObjectNode document(JsonNode file, String content, String where)
            throws UnsupportedRequestException {
        DataUrl data =
                isData(content)
                        ? DataUrl.of(content, where)
                        : new DataUrl("application/pdf", content);
        String stated = file.path("format").asText();
        String mediaType = stated.isEmpty() ? data.mediaType() : stated;
        if (mediaType.startsWith("image/")) {
            return block("image", base64(mediaType, data.base64()));
        }
        if (mediaType.startsWith("text/") || mediaType.equals("application/json")) {
            ObjectNode source = JsonTrees.MAPPER.createObjectNode().put("type", "text");
            source.put("media_type", "text/plain").put("data", data.text(where));
            return block("document", source);
        }
        if (!mediaType.equals("application/pdf")) {
            throw refused(where, "is a file of a type that anthropic does not take");
        }
        return block("document", base64(mediaType, data.base64()));
    }

    private static boolean isData(String url) {
        return url.regionMatches(true, 0, "data:", 0, 5);
    }

    private static ObjectNode block(String type, ObjectNode source) {
        ObjectNode block = JsonTrees.MAPPER.createObjectNode().put("type", type);
        block.set("source", source);
        return block;
    }

    private static ObjectNode urlSource(String url) {
        return JsonTrees.MAPPER.createObjectNode().put("type", "url").put("url", url);
    }

    private static ObjectNode base64(String mediaType, String data) {
        return JsonTrees.MAPPER
                .createObjectNode()
                .put("type", "base64")
                .put("media_type", mediaType.equals("image/jpg") ? "image/jpeg" : mediaType)
                .put("data", data);
    }

    static UnsupportedRequestException refused(String where, String what) {
        return new UnsupportedRequestException(where + " " + what + ".", "messages");
    }

    private record DataUrl(String mediaType, String base64) {

        static DataUrl of(String url, String where) throws UnsupportedRequestException {
            int comma = url.indexOf(',');
            String head = comma < 0 ? "" : url.substring(5, comma).toLowerCase(Locale.ROOT);
            if (!head.endsWith(";base64")) {
                throw refused(where, "is a data URL that is not in base64");
            }
            int semicolon = head.indexOf(';');
            return new DataUrl(head.substring(0, semicolon).strip(), url.substring(comma + 1));
        }

        String text(String where) throws UnsupportedRequestException {
            try {
                return new String(Base64.getMimeDecoder().decode(base64), UTF_8);
            } catch (IllegalArgumentException _) {
                throw refused(where, "is not in base64");
            }
        }
    }
}

package dev.sluice.providers.responses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.UnsupportedRequestException;

/** Makes a chat's content of a response's. */
final class ServedParts {

    private ServedParts() {}

    /** Adds the parts of a content, which is a text or a list. */
    static void add(ArrayNode parts, JsonNode content, String where)
            throws UnsupportedRequestException {
        if (content.isTextual()) {
            parts.addObject().put("type", "text").set("text", content);
            return;
        }
        if (!content.isArray()) {
            throw UnsupportedRequestException.at(where, "must be a string or an array of parts.");
        }
        for (int i = 0; i < content.size(); i++) {
            addPart(parts, content.path(i), "%s[%d]".formatted(where, i));
        }
    }

    /** One text is a plain string, which every provider takes. */
    static void setContent(ObjectNode message, ArrayNode parts) {
        JsonNode first = parts.path(0);
        if (parts.isEmpty()) {
            message.put("content", "");
        } else if (parts.size() == 1 && first.has("text")) {
            message.set("content", first.get("text"));
        } else {
            message.set("content", parts);
        }
    }

    private static void addPart(ArrayNode parts, JsonNode part, String where)
            throws UnsupportedRequestException {
        switch (part.path("type").asText()) {
            case "input_text", "output_text", "text" ->
                    parts.addObject().put("type", "text").put("text", part.path("text").asText());
            case "refusal" ->
                    parts.addObject()
                            .put("type", "text")
                            .put("text", part.path("refusal").asText());
            case "input_image" -> addImage(parts, part, where);
            case "input_file" -> addFile(parts, part, where);
            case "input_audio" ->
                    parts.addObject()
                            .put("type", "input_audio")
                            .set("input_audio", part.path("input_audio"));
            default ->
                    throw UnsupportedRequestException.at(
                            where + ".type", "is of no content that this model can be given.");
        }
    }

    private static void addImage(ArrayNode parts, JsonNode part, String where)
            throws UnsupportedRequestException {
        JsonNode url = part.path("image_url");
        if (!url.isTextual()) {
            throw UnsupportedRequestException.at(
                    where + ".image_url", "must say where the image is: this model has no files.");
        }
        ObjectNode image = parts.addObject().put("type", "image_url").putObject("image_url");
        image.set("url", url);
        if (part.path("detail").isTextual()) {
            image.set("detail", part.get("detail"));
        }
    }

    private static void addFile(ArrayNode parts, JsonNode part, String where)
            throws UnsupportedRequestException {
        if (!part.hasNonNull("file_data") && !part.hasNonNull("file_id")) {
            throw UnsupportedRequestException.at(
                    where + (part.hasNonNull("file_url") ? ".file_url" : ".file_data"),
                    "is not served for this model: send the file's own bytes as file_data.");
        }
        ObjectNode file = parts.addObject().put("type", "file").putObject("file");
        for (String name : new String[] {"file_id", "file_data", "filename"}) {
            if (part.hasNonNull(name)) {
                file.set(name, part.get(name));
            }
        }
    }
}

package dev.sluice.providers.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.UnsupportedRequestException;

import org.jspecify.annotations.Nullable;

import java.util.Locale;
import java.util.Map;

/** OpenAI's content parts as Gemini's: {@code inlineData} for bytes, {@code fileData} for links. */
final class MediaParts {

    private static final Map<String, String> TYPES =
            Map.ofEntries(
                    Map.entry("png", "image/png"),
                    Map.entry("jpg", "image/jpeg"),
                    Map.entry("jpeg", "image/jpeg"),
                    Map.entry("webp", "image/webp"),
                    Map.entry("gif", "image/gif"),
                    Map.entry("heic", "image/heic"),
                    Map.entry("heif", "image/heif"),
                    Map.entry("pdf", "application/pdf"),
                    Map.entry("txt", "text/plain"),
                    Map.entry("csv", "text/csv"),
                    Map.entry("html", "text/html"),
                    Map.entry("md", "text/markdown"),
                    Map.entry("json", "application/json"),
                    Map.entry("mp3", "audio/mp3"),
                    Map.entry("wav", "audio/wav"),
                    Map.entry("ogg", "audio/ogg"),
                    Map.entry("flac", "audio/flac"),
                    Map.entry("m4a", "audio/mp4"),
                    Map.entry("mp4", "video/mp4"),
                    Map.entry("mov", "video/quicktime"),
                    Map.entry("webm", "video/webm"));

    private MediaParts() {}

    /** The part, text or media. */
    static ObjectNode of(JsonNode part, String where) throws UnsupportedRequestException {
        return switch (part.path("type").asText()) {
            case "text", "input_text" -> text(part.path("text").asText());
            case "refusal" -> text(part.path("refusal").asText());
            case "image_url" -> linked(part.path("image_url"), where);
            case "video_url" -> linked(part.path("video_url"), where);
            case "input_audio" -> audio(part.path("input_audio"), where);
            case "file" -> file(part.path("file"), where);
            default ->
                    throw UnsupportedRequestException.at(
                            where, "has a part of a type that Gemini does not take.");
        };
    }

    static ObjectNode text(String text) {
        return JsonTrees.MAPPER.createObjectNode().put("text", text);
    }

    private static ObjectNode linked(JsonNode link, String where)
            throws UnsupportedRequestException {
        String url = link.isTextual() ? link.asText() : link.path("url").asText();
        return source(url, link.path("format").asText(null), where);
    }

    private static ObjectNode audio(JsonNode audio, String where)
            throws UnsupportedRequestException {
        String data = audio.path("data").asText();
        String format = audio.path("format").asText();
        if (data.startsWith("data:")) {
            return source(data, null, where);
        }
        return inline(TYPES.getOrDefault(format, "audio/" + format), data);
    }

    private static ObjectNode file(JsonNode file, String where) throws UnsupportedRequestException {
        String type = file.path("format").asText(null);
        String data = file.path("file_data").asText();
        if (data.startsWith("data:")) {
            return source(data, type, where);
        }
        if (!data.isEmpty()) {
            String guessed = type == null ? guess(file.path("filename").asText()) : type;
            return inline(guessed == null ? "application/pdf" : guessed, data);
        }
        return source(file.path("file_id").asText(), type, where);
    }

    private static ObjectNode source(String url, @Nullable String type, String where)
            throws UnsupportedRequestException {
        if (url.regionMatches(true, 0, "data:", 0, 5)) {
            int comma = url.indexOf(',');
            String head = comma < 0 ? "" : url.substring(5, comma);
            if (!head.toLowerCase(Locale.ROOT).endsWith(";base64")) {
                throw UnsupportedRequestException.at(where, "has a data URL that is not Base64.");
            }
            String stated = head.substring(0, head.indexOf(';'));
            return inline(type == null ? stated : type, url.substring(comma + 1));
        }
        if (!url.contains("://")) {
            throw UnsupportedRequestException.at(
                    where, "has media that is neither a data URL nor a link.");
        }
        ObjectNode part = JsonTrees.MAPPER.createObjectNode();
        ObjectNode file = part.putObject("fileData");
        String known = type == null ? guess(url) : type;
        if (known != null) {
            file.put("mimeType", known);
        }
        file.put("fileUri", url);
        return part;
    }

    private static ObjectNode inline(String type, String data) {
        ObjectNode part = JsonTrees.MAPPER.createObjectNode();
        part.putObject("inlineData").put("mimeType", type).put("data", data);
        return part;
    }

    private static @Nullable String guess(String url) {
        int end = url.indexOf('?');
        String path = end < 0 ? url : url.substring(0, end);
        return TYPES.get(path.substring(path.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
    }
}

package dev.sluice.providers.bedrock;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.UnsupportedRequestException;

import org.jspecify.annotations.Nullable;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Makes Converse's content blocks of OpenAI's content parts. For one request. */
final class ConverseContent {

    private static final Set<String> IMAGES = Set.of("png", "jpeg", "gif", "webp");
    private static final Set<String> VIDEOS =
            Set.of("mkv", "mov", "mp4", "webm", "flv", "mpeg", "mpg", "wmv", "three_gp");

    /** Document formats by the ends of their names and their media types. */
    private static final Map<String, String> DOCUMENTS =
            Map.ofEntries(
                    Map.entry("pdf", "pdf"),
                    Map.entry("csv", "csv"),
                    Map.entry("doc", "doc"),
                    Map.entry("msword", "doc"),
                    Map.entry("docx", "docx"),
                    Map.entry(
                            "vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
                    Map.entry("xls", "xls"),
                    Map.entry("vnd.ms-excel", "xls"),
                    Map.entry("xlsx", "xlsx"),
                    Map.entry("vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
                    Map.entry("html", "html"),
                    Map.entry("txt", "txt"),
                    Map.entry("plain", "txt"),
                    Map.entry("md", "md"),
                    Map.entry("markdown", "md"));

    private static final Pattern NOT_IN_NAMES = Pattern.compile("[^A-Za-z0-9()\\[\\]-]+");
    private static final Pattern TOOL_ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final int NAME_CHARS_MAX = 180;

    private final Set<String> documentNames = new HashSet<>();

    /** Appends the blocks of a message's {@code content}: a text or a list of parts. */
    void append(ArrayNode blocks, JsonNode content) throws UnsupportedRequestException {
        if (content.isTextual()) {
            if (!content.asText().isEmpty()) {
                blocks.addObject().set("text", content);
            }
            return;
        }
        if (!content.isArray() && !content.isNull() && !content.isMissingNode()) {
            throw unsupported("A message's content is neither a text nor a list of parts.");
        }
        for (JsonNode part : content) {
            part(blocks, part);
            cachePoint(blocks, part);
        }
    }

    private void part(ArrayNode blocks, JsonNode part) throws UnsupportedRequestException {
        switch (part.path("type").asText()) {
            case "text" -> text(blocks, part.path("text"));
            case "refusal" -> text(blocks, part.path("refusal"));
            case "image_url", "video_url" -> {
                JsonNode image = part.path(part.path("type").asText());
                JsonNode url = image.isTextual() ? image : image.path("url");
                media(blocks, url.asText(), image.path("format").asText(), null);
            }
            case "input_audio" -> {
                JsonNode audio = part.path("input_audio");
                ObjectNode block = blocks.addObject().putObject("audio");
                block.put("format", audio.path("format").asText());
                block.putObject("source").put("bytes", audio.path("data").asText());
            }
            case "file" -> {
                JsonNode file = part.path("file");
                String data = file.path("file_data").asText(file.path("file_id").asText());
                media(
                        blocks,
                        data,
                        file.path("format").asText(),
                        file.path("filename").asText("Document"));
            }
            case "thinking", "redacted_thinking" -> thinking(blocks, part);
            default -> throw unsupported("Bedrock has nothing for a content part of this type.");
        }
    }

    /** Converse refuses empty texts; they say nothing. */
    private static void text(ArrayNode blocks, JsonNode text) {
        if (!text.asText().isEmpty()) {
            blocks.addObject().put("text", text.asText());
        }
    }

    private void media(ArrayNode blocks, String url, String statedType, @Nullable String name)
            throws UnsupportedRequestException {
        String type;
        String member;
        String value;
        int comma = url.indexOf(',');
        if (url.startsWith("s3://")) {
            type = statedType.isEmpty() ? url : statedType;
            member = "uri";
            value = url;
        } else if (url.startsWith("data:") && comma > 0 && url.startsWith(";base64", comma - 7)) {
            String media = url.substring("data:".length(), comma - 7);
            int parameters = media.indexOf(';');
            type = parameters < 0 ? media : media.substring(0, parameters);
            type = statedType.isEmpty() ? type : statedType;
            member = "bytes";
            value = url.substring(comma + 1);
        } else {
            throw unsupported("Bedrock takes images and files as base64 data: URLs or s3:// URIs.");
        }
        String subtype = subtype(type);
        String kind;
        String format;
        if (IMAGES.contains(subtype)) {
            kind = "image";
            format = subtype;
        } else if (VIDEOS.contains(subtype)) {
            kind = "video";
            format = subtype;
        } else {
            kind = "document";
            format = DOCUMENTS.get(subtype);
            if (format == null) {
                throw unsupported("Bedrock takes no image or file of this media type.");
            }
        }
        ObjectNode block = blocks.addObject().putObject(kind);
        block.put("format", format);
        if (kind.equals("document")) {
            block.put("name", documentName(name == null ? "Document" : name));
        }
        ObjectNode source = block.putObject("source");
        (member.equals("uri") ? source.putObject("s3Location") : source).put(member, value);
    }

    /** The part of a media type, or of a file's name, that tells the format. */
    private static String subtype(String type) {
        String lower = type.toLowerCase(Locale.ROOT);
        boolean isPath = lower.startsWith("s3://");
        String last = lower.substring(lower.lastIndexOf(isPath ? '.' : '/') + 1);
        return switch (last) {
            case "jpg" -> "jpeg";
            case "quicktime" -> "mov";
            case "3gpp", "3gp" -> "three_gp";
            case "x-matroska" -> "mkv";
            default -> last;
        };
    }

    /** Bedrock's rules for names: few characters, and no name twice in a request. */
    private String documentName(String fileName) {
        int dot = fileName.lastIndexOf('.');
        String stem = dot > 0 ? fileName.substring(0, dot) : fileName;
        String name = NOT_IN_NAMES.matcher(stem).replaceAll(" ").strip();
        name = name.isEmpty() ? "Document" : name;
        name = name.substring(0, Math.min(name.length(), NAME_CHARS_MAX));
        String unique = name;
        for (int number = 2; !documentNames.add(unique); number++) {
            unique = name + " " + number;
        }
        return unique;
    }

    /** What the model thought, as it must be given back: signed, or it is left out. */
    static void thinking(ArrayNode blocks, JsonNode block) {
        if (block.path("type").asText().equals("redacted_thinking")) {
            blocks.addObject()
                    .putObject("reasoningContent")
                    .set("redactedContent", block.path("data"));
        } else if (!block.path("signature").asText().isEmpty()) {
            ObjectNode text =
                    blocks.addObject().putObject("reasoningContent").putObject("reasoningText");
            text.set("text", block.path("thinking"));
            text.set("signature", block.path("signature"));
        }
    }

    /** A call that the model made, to be given back to it. */
    static void toolUse(ArrayNode blocks, JsonNode call) throws UnsupportedRequestException {
        JsonNode function = call.path("function");
        if (!function.path("name").isTextual()) {
            throw unsupported("Bedrock takes tool calls of functions only.");
        }
        ObjectNode block = blocks.addObject().putObject("toolUse");
        block.put("toolUseId", toolId(call.path("id").asText()));
        block.set("name", function.path("name"));
        String arguments = function.path("arguments").asText();
        byte[] json = (arguments.isBlank() ? "{}" : arguments).getBytes(UTF_8);
        block.set(
                "input",
                JsonTrees.object(json, 0, json.length)
                        .orElseThrow(() ->
                                unsupported(
                                        "The arguments of a tool call are not a JSON object.")));
        cachePoint(blocks, call);
    }

    /** The result of a call. */
    void toolResult(ArrayNode blocks, JsonNode message) throws UnsupportedRequestException {
        ObjectNode result = blocks.addObject().putObject("toolResult");
        result.put("toolUseId", toolId(message.path("tool_call_id").asText()));
        ArrayNode content = result.putArray("content");
        ArrayNode parts = JsonTrees.MAPPER.createArrayNode();
        append(parts, message.path("content"));
        // Results hold no cache points: they follow the result.
        ObjectNode cached = null;
        for (JsonNode part : parts) {
            if (part.has("cachePoint")) {
                cached = (ObjectNode) part;
            } else {
                content.add(part);
            }
        }
        if (message.path("is_error").asBoolean()) {
            result.put("status", "error");
        }
        if (cached != null) {
            blocks.add(cached);
        }
    }

    /** After what is marked with {@code cache_control}, the prompt up to there is cached. */
    static void cachePoint(ArrayNode blocks, JsonNode marked) {
        JsonNode control = marked.path("cache_control");
        if (control.isObject() && !blocks.isEmpty()) {
            ObjectNode point = blocks.addObject().putObject("cachePoint");
            point.put("type", "default");
            if (control.path("ttl").isTextual()) {
                point.set("ttl", control.path("ttl"));
            }
        }
    }

    /** Ids that Bedrock would refuse get one of their own, the same for call and result. */
    private static String toolId(String id) {
        if (TOOL_ID.matcher(id).matches()) {
            return id;
        }
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(id.getBytes(UTF_8));
            return "tool_" + HexFormat.of().formatHex(hash, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    static UnsupportedRequestException unsupported(String message) {
        return new UnsupportedRequestException(message, "messages");
    }
}

package dev.sluice.providers.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.ByteSource;
import dev.sluice.providers.openai.JsonTrees;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Answers of those who speak OpenAI's wire with words of their own: thoughts under another name or
 * among the parts of the content, and calls of tools without arguments. Answers without such words
 * pass as the bytes that they are.
 */
final class CompatibleAnswers implements Translation {

    private static final byte[] REASONING = quoted("reasoning");
    private static final byte[] THINKING = quoted("thinking");
    private static final byte[] TOOL_CALLS = quoted("tool_calls");

    private static byte[] quoted(String name) {
        return ('"' + name + '"').getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public byte[] answer(byte[] body) {
        return hasOwnWords(body, 0, body.length) || contains(body, 0, body.length, TOOL_CALLS)
                ? mended(body, 0, body.length, "message").orElse(body)
                : body;
    }

    @Override
    public ByteSource stream(ByteSource source) {
        return new CompatibleStream(source);
    }

    @Override
    public ProviderFailure failure(int status, HeaderLookup header, byte[] body) {
        return OpenAiProtocol.failed(status, header, body);
    }

    /** Whether a chunk or an answer may have words of the provider's own; quick, never too rash. */
    static boolean hasOwnWords(byte[] bytes, int from, int to) {
        return contains(bytes, from, to, REASONING) || contains(bytes, from, to, THINKING);
    }

    private static boolean contains(byte[] bytes, int from, int to, byte[] word) {
        int last = to - word.length;
        for (int at = from; at <= last; at++) {
            if (bytes[at] == '"'
                    && bytes[at + 1] == word[1]
                    && java.util.Arrays.equals(bytes, at, at + word.length, word, 0, word.length)) {
                return true;
            }
        }
        return false;
    }

    /**
     * The JSON in OpenAI's words; empty if nothing is to be changed, or it is none.
     *
     * @param where {@code message}, or {@code delta} in a stream
     */
    static Optional<byte[]> mended(byte[] bytes, int from, int to, String where) {
        Optional<ObjectNode> tree = JsonTrees.object(bytes, from, to - from);
        boolean isMended = false;
        if (tree.isPresent()) {
            for (JsonNode choice : tree.get().path("choices")) {
                if (choice.path(where) instanceof ObjectNode message) {
                    isMended |= mend(message, where.equals("delta"));
                }
            }
        }
        return isMended ? tree.map(JsonTrees::bytes) : Optional.empty();
    }

    private static boolean mend(ObjectNode message, boolean isDelta) {
        boolean isMended = name(message);
        if (message.path("content").isArray()) {
            spell(message, message.path("content"), isDelta);
            isMended = true;
        }
        for (JsonNode call : message.path("tool_calls")) {
            if (call.path("function") instanceof ObjectNode function) {
                isMended |= fill(function, isDelta);
            }
        }
        return isMended;
    }

    /** What most call {@code reasoning}, DeepSeek and LiteLLM's callers call otherwise. */
    private static boolean name(ObjectNode message) {
        JsonNode thoughts = message.path("reasoning");
        if (!thoughts.isTextual() || message.path("reasoning_content").isTextual()) {
            return false;
        }
        message.set("reasoning_content", thoughts);
        return true;
    }

    /** Mistral's content in parts, thoughts among them, becomes a text and its thoughts. */
    private static void spell(ObjectNode message, JsonNode parts, boolean isDelta) {
        var text = new StringBuilder();
        var thoughts = new StringBuilder();
        for (JsonNode part : parts) {
            text.append(part.path("text").asText(""));
            JsonNode thinking = part.path("thinking");
            thoughts.append(thinking.isTextual() ? thinking.textValue() : "");
            thinking.forEach(thought -> thoughts.append(thought.path("text").asText("")));
        }
        if (!thoughts.isEmpty()) {
            message.put("reasoning_content", thoughts.toString());
        }
        if (isDelta && text.isEmpty()) {
            message.remove("content");
        } else {
            message.put("content", text.toString());
        }
    }

    /** Arguments are a text; a tool without parameters is called with an empty object. */
    private static boolean fill(ObjectNode function, boolean isDelta) {
        JsonNode arguments = function.path("arguments");
        if (arguments.isObject()) {
            function.put("arguments", arguments.toString());
            return true;
        }
        if (isDelta || arguments.isTextual()) {
            return false;
        }
        function.put("arguments", "{}");
        return true;
    }
}

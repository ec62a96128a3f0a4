package dev.sluice.providers.counting;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingRegistry;
import com.knuddels.jtokkit.api.EncodingType;

import dev.sluice.providers.openai.JsonTrees;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Counts the tokens of prompts: as OpenAI's models do where the model is one of theirs, else a
 * token for four bytes of UTF-8, which is within a third of the truth for English and for code.
 *
 * <p>What surrounds a message costs what OpenAI's cookbook says: 3 tokens a message, 1 a name, 3
 * before the answer. Pictures, sound and files are not counted: no text tells their size.
 *
 * <p>The first use of an encoding reads its table, which takes a second and some 30 MB.
 *
 * @see <a href="https://developers.openai.com/cookbook/examples/how_to_count_tokens_with_tiktoken">
 *     OpenAI's cookbook</a>
 */
public final class TokenCounter {

    private static final int BYTES_A_TOKEN = 4;
    private static final int TOKENS_A_MESSAGE = 3;
    private static final int TOKENS_BEFORE_THE_ANSWER = 3;

    /** Of a longer text only so many characters are counted, and the rest in proportion. */
    private static final int CHARACTERS_COUNTED = 1 << 18;

    private static final Pattern NEWER =
            Pattern.compile("(.*/)?(ft:)?(gpt-4o|gpt-4\\.1|gpt-4\\.5|gpt-5|o[1-9]|chatgpt-4o).*");
    private static final Pattern OLDER =
            Pattern.compile("(.*/)?(ft:)?(gpt-4|gpt-3\\.5|gpt-35|text-embedding-).*");

    private final EncodingRegistry encodings = Encodings.newLazyEncodingRegistry();

    /** Whether it is known how a model counts. */
    public boolean knows(String model) {
        return NEWER.matcher(model).matches() || OLDER.matcher(model).matches();
    }

    /** The tokens of a text. */
    public long text(String model, String text) {
        Optional<Encoding> encoding = encoding(model);
        if (encoding.isEmpty()) {
            return Math.ceilDiv((long) text.getBytes(UTF_8).length, BYTES_A_TOKEN);
        }
        if (text.length() <= CHARACTERS_COUNTED) {
            return encoding.get().countTokensOrdinary(text);
        }
        long counted = encoding.get().countTokensOrdinary(text.substring(0, CHARACTERS_COUNTED));
        return counted * text.length() / CHARACTERS_COUNTED;
    }

    /** The tokens of the prompt of a chat request: its messages and its tools. */
    public long chat(String model, ObjectNode request) {
        long tokens = TOKENS_BEFORE_THE_ANSWER;
        for (JsonNode message : request.path("messages")) {
            tokens += TOKENS_A_MESSAGE + texts(model, message);
            tokens += message.path("name").isTextual() ? 1 : 0;
        }
        JsonNode tools = request.path("tools");
        if (!tools.isEmpty()) {
            tokens += text(model, new String(JsonTrees.bytes(tools), UTF_8));
        }
        return tokens;
    }

    private long texts(String model, JsonNode message) {
        long tokens = text(model, message.path("role").asText());
        tokens += text(model, message.path("name").asText());
        JsonNode content = message.path("content");
        if (content.isTextual()) {
            tokens += text(model, content.asText());
        }
        for (JsonNode part : content) {
            tokens += text(model, part.path("text").asText());
        }
        for (JsonNode call : message.path("tool_calls")) {
            tokens += text(model, call.at("/function/name").asText());
            tokens += text(model, call.at("/function/arguments").asText());
        }
        return tokens;
    }

    private Optional<Encoding> encoding(String model) {
        if (NEWER.matcher(model).matches()) {
            return Optional.of(encodings.getEncoding(EncodingType.O200K_BASE));
        }
        return OLDER.matcher(model).matches()
                ? Optional.of(encodings.getEncoding(EncodingType.CL100K_BASE))
                : Optional.empty();
    }
}

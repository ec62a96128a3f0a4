package dev.sluice.providers.openai;

import static dev.sluice.providers.openai.Endpoint.CHAT_COMPLETIONS;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;

/** Jackson, made as strict as it gets, is the judge of what is JSON. */
class RequestPeekFuzzTest {

    private static final int BODIES = 1_500;
    private static final int MUTATIONS = 12;
    private static final byte[] INTERESTING = "{}[],:\"\\u0e-+.tfn \n\u0000\u007f".getBytes(UTF_8);

    private static final JsonMapper STRICT =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(JsonCursor.NESTING_MAX)
                                                    .build())
                                    .build())
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private final Random random = new Random(20_260_101);

    @Test
    void acceptsOnlyWhatAStrictParserReadsTheSameWay() {
        int accepted = 0;
        for (int i = 0; i < BODIES; i++) {
            var json = new RandomJson(i);
            byte[] body = json.spelt(json.chatRequest()).getBytes(UTF_8);
            for (int j = 0; j < MUTATIONS; j++) {
                byte[] mutant = mutated(body);
                RequestPeek peek = peek(mutant, j % 2 == 0);
                if (peek instanceof RequestPeek.Facts facts) {
                    accepted++;
                    agree(facts, mutant);
                }
            }
        }
        assertThat(accepted).isBetween(BODIES, BODIES * MUTATIONS - BODIES);
    }

    @Test
    void acceptsEveryTextThatAStrictParserAcceptsAndNoOther() throws MalformedException {
        int accepted = 0;
        for (int i = 0; i < BODIES; i++) {
            var json = new RandomJson(i);
            byte[] text = mutated(json.spelt(json.value(4)).getBytes(UTF_8));
            boolean strict = tree(STRICT, text).isPresent();
            accepted += strict ? 1 : 0;
            assertThat(isAccepted(text)).as(() -> Arrays.toString(text)).isEqualTo(strict);
        }
        assertThat(accepted).isBetween(BODIES / 10, BODIES * 9 / 10);
    }

    @Test
    void takesEveryBodyThatWasNotTouched() {
        for (int i = 0; i < BODIES; i++) {
            var json = new RandomJson(i);
            byte[] body = json.spelt(json.chatRequest()).getBytes(UTF_8);
            RequestPeek peek = peek(body, true);
            assertThat(peek)
                    .as(() -> new String(body, UTF_8))
                    .isInstanceOf(RequestPeek.Facts.class);
            agree((RequestPeek.Facts) peek, body);
        }
    }

    private static void agree(RequestPeek.Facts facts, byte[] body) {
        JsonNode tree = tree(STRICT, body).orElseThrow();
        assertThat(facts.model()).isEqualTo(tree.path("model").textValue());
        assertThat(facts.stream()).isEqualTo(tree.path("stream").asBoolean());
        assertThat(facts.user()).isEqualTo(tree.path("user").textValue());
        assertThat(facts.includeUsage())
                .isEqualTo(tree.path("stream_options").path("include_usage").asBoolean());
        assertThat(facts.cache().noCache())
                .isEqualTo(tree.path("cache").path("no-cache").asBoolean());
    }

    private byte[] mutated(byte[] body) {
        byte[] mutant = body.clone();
        for (int i = random.nextInt(3); i >= 0 && mutant.length > 0; i--) {
            int at = random.nextInt(mutant.length);
            mutant =
                    switch (random.nextInt(5)) {
                        case 0 -> with(mutant, at, 1, (byte) random.nextInt(256));
                        case 1 ->
                                with(
                                        mutant,
                                        at,
                                        1,
                                        INTERESTING[random.nextInt(INTERESTING.length)]);
                        case 2 ->
                                with(
                                        mutant,
                                        at,
                                        0,
                                        INTERESTING[random.nextInt(INTERESTING.length)]);
                        case 3 -> with(mutant, at, 1);
                        default -> repeated(mutant, at);
                    };
        }
        return mutant;
    }

    private static byte[] with(byte[] bytes, int at, int removed, byte... inserted) {
        byte[] result = new byte[bytes.length - removed + inserted.length];
        System.arraycopy(bytes, 0, result, 0, at);
        System.arraycopy(inserted, 0, result, at, inserted.length);
        System.arraycopy(
                bytes, at + removed, result, at + inserted.length, bytes.length - at - removed);
        return result;
    }

    private byte[] repeated(byte[] bytes, int at) {
        int end = Math.min(bytes.length, at + 1 + random.nextInt(30));
        return with(bytes, at, 0, Arrays.copyOfRange(bytes, at, end));
    }

    private static RequestPeek peek(byte[] body, boolean wantHash) {
        return RequestPeek.of(CHAT_COMPLETIONS, body, body.length, wantHash);
    }

    private static boolean isAccepted(byte[] text) {
        try {
            var cursor = new JsonCursor(text, 0, text.length);
            cursor.skipValue();
            cursor.expectEnd();
            return true;
        } catch (MalformedException e) {
            return false;
        }
    }

    /** Jackson forgives some broken UTF-8, the JDK's decoder does not. */
    private static Optional<JsonNode> tree(JsonMapper mapper, byte[] text) {
        try {
            String decoded = UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString();
            JsonNode tree = mapper.readTree(decoded);
            return tree.isMissingNode() ? Optional.empty() : Optional.of(tree);
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}

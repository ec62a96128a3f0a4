package dev.sluice.providers.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.bedrock.EventFrames;
import dev.sluice.providers.protocol.ProtocolSettings.Parameters;

import org.junit.jupiter.api.Test;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Whatever a provider answers, it is an answer, an error or unreadable, and never a bug. */
class HostileAnswersTest {

    private static final int ROUNDS = 1_500;

    private static final List<String> BEDROCK =
            List.of(
                    "{\"contentBlockIndex\":0,\"start\":{\"toolUse\":{\"toolUseId\":\"a\",\"name\":\"f\"}}}",
                    "{\"contentBlockIndex\":0,\"delta\":{\"toolUse\":{\"input\":\"{}\"}}}",
                    "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"x\"}}",
                    "{\"contentBlockIndex\":0,\"delta\":{\"reasoningContent\":{\"text\":\"x\",\"signature\":\"s\"}}}",
                    "{\"stopReason\":\"end_turn\"}",
                    "{\"usage\":{\"inputTokens\":1,\"outputTokens\":2,\"cacheDetails\":[{\"ttl\":\"1h\"}]}}");

    private static final List<String> TYPES =
            List.of(
                    "contentBlockStart",
                    "contentBlockDelta",
                    "contentBlockStop",
                    "messageStop",
                    "metadata",
                    "other");

    private static final List<String> COHERE =
            List.of(
                    "{\"type\":\"message-start\",\"id\":\"i\"}",
                    "{\"type\":\"content-delta\",\"delta\":{\"message\":{\"content\":{\"text\":\"x\"}}}}",
                    "{\"type\":\"tool-call-start\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":{\"id\":\"a\",\"function\":{\"name\":\"f\"}}}}}",
                    "{\"type\":\"tool-call-delta\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":{\"function\":{\"arguments\":\"{\"}}}}}",
                    "{\"type\":\"tool-call-end\",\"index\":0}",
                    "{\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\",\"usage\":{\"tokens\":{\"input_tokens\":1}}}}");

    private static final List<String> ANSWERS =
            List.of(
                    "{\"output\":{\"message\":{\"content\":[{\"text\":\"x\"},{\"toolUse\":{\"toolUseId\":\"a\",\"name\":\"f\",\"input\":{}}},"
                            + "{\"reasoningContent\":{\"reasoningText\":{\"text\":\"t\"}}}]}},\"stopReason\":\"tool_use\",\"usage\":{\"inputTokens\":1}}",
                    "{\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"x\"}],\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},"
                            + "\"finish_reason\":\"TOOL_CALL\",\"usage\":{\"billed_units\":{\"input_tokens\":1}}}");

    private final Random random = new Random(7);

    private static List<Protocol> protocols() {
        return List.of(
                BedrockProtocol.of(Calls.settings("bedrock", "m", Parameters.STRICT)),
                CohereProtocol.of(Calls.settings("cohere", "m", Parameters.STRICT)));
    }

    /** The text with some of its values replaced by others, or some bytes by any. */
    private byte[] spoilt(String json) {
        String[] values = {"null", "-1", "1e999", "[]", "{}", "[1]", "\"\"", "true", "99999999999"};
        String text = json;
        int changes = random.nextInt(3);
        for (int i = 0; i < changes; i++) {
            int colon = text.indexOf(':', random.nextInt(text.length()));
            int end = colon < 0 ? -1 : colon + 1 + random.nextInt(text.length() - colon);
            while (end > 0 && end < text.length() && ",}]".indexOf(text.charAt(end)) < 0) {
                end++;
            }
            if (end > 0) {
                String value = values[random.nextInt(values.length)];
                text = text.substring(0, colon + 1) + value + text.substring(end);
            }
        }
        byte[] bytes = text.getBytes(UTF_8);
        if (random.nextInt(5) == 0) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
    }

    private static <T> T any(Random random, List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private static void read(Protocol protocol, byte[] stream) throws IOException {
        try {
            byte[] events =
                    Exchanges.readAll(
                            Calls.translation(protocol).stream(
                                    Exchanges.pieces(stream, stream.length, 99)));
            String text = new String(events, UTF_8);
            assertThat(text.endsWith("data: [DONE]\n\n") || text.contains("{\"error\":")).isTrue();
            for (String line : new ArrayList<>(text.lines().toList())) {
                if (line.startsWith("data: {")) {
                    JsonNode chunk = Exchanges.tree(line.substring("data: ".length()));
                    assertThat(chunk.isObject()).isTrue();
                }
            }
        } catch (EOFException e) {
            assertThat(e).hasMessageContaining("ends");
        }
    }

    @Test
    void ofBedrocksStreams() throws IOException {
        for (int round = 0; round < ROUNDS; round++) {
            var frames = new EventFrames();
            int count = random.nextInt(8);
            for (int i = 0; i < count; i++) {
                byte[] payload = spoilt(any(random, BEDROCK));
                frames.frame(
                        EventFrames.headers(
                                ":message-type",
                                random.nextInt(20) == 0 ? "exception" : "event",
                                random.nextInt(20) == 0 ? ":exception-type" : ":event-type",
                                any(random, TYPES)),
                        payload);
            }
            read(protocols().getFirst(), frames.bytes());
        }
    }

    @Test
    void ofCoheresStreams() throws IOException {
        for (int round = 0; round < ROUNDS; round++) {
            StringBuilder stream = new StringBuilder();
            int count = random.nextInt(8);
            for (int i = 0; i < count; i++) {
                stream.append("data: ")
                        .append(new String(spoilt(any(random, COHERE)), UTF_8))
                        .append("\n\n");
            }
            read(protocols().getLast(), stream.toString().getBytes(UTF_8));
        }
    }

    @Test
    void ofPlainAnswersAndErrors() {
        for (Protocol protocol : protocols()) {
            for (int round = 0; round < ROUNDS; round++) {
                byte[] body = spoilt(any(random, ANSWERS));
                Translation translation = Calls.translation(protocol);
                try {
                    String answer = new String(translation.answer(body), UTF_8);
                    assertThat(Exchanges.tree(answer).path("choices").size()).isEqualTo(1);
                } catch (UnreadableAnswerException e) {
                    assertThat(e).hasMessageStartingWith("the answer");
                }
                int status = random.nextInt(100, 600);
                ProviderFailure failure = translation.failure(status, _ -> "x\u0000:#", body);
                assertThat(failure.status()).isBetween(400, 599);
                assertThat(Exchanges.tree(new String(failure.body(), UTF_8)).has("error")).isTrue();
            }
        }
    }
}

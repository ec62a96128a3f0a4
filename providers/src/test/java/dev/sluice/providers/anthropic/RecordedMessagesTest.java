package dev.sluice.providers.anthropic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.anthropic.Recordings.Recording;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.ResponseFacts;
import dev.sluice.providers.protocol.ProviderFailure;
import dev.sluice.schemas.events.Usage;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** What the adapter finds in recorded answers is what a separate script found. */
class RecordedMessagesTest {

    private static final Map<String, String> FINISHES =
            Map.of("end_turn", "stop", "tool_use", "tool_calls", "max_tokens", "length");

    /** Where there are none this is the test that is reported as skipped. */
    @Test
    void thereAreRecordingsOfEachKind() {
        assertThat(Recordings.messages()).isNotEmpty();
        assertThat(plain()).isNotEmpty();
        assertThat(streams()).isNotEmpty();
        assertThat(errors()).isNotEmpty();
    }

    static List<Recording> plain() {
        return recordings(false, false);
    }

    static List<Recording> streams() {
        return recordings(false, true);
    }

    static List<Recording> errors() {
        return recordings(true, false);
    }

    private static List<Recording> recordings(boolean isError, boolean isStream) {
        return Recordings.messages().stream()
                .filter(one -> one.isError() == isError && one.isStream() == isStream)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("plain")
    void plainAnswersHoldWhatWasRecorded(Recording recording) throws Exception {
        byte[] body = JsonTrees.bytes(recording.response().path("body"));
        agree(recording, Anthropic.translation(false).answer(body));
    }

    @ParameterizedTest
    @MethodSource("streams")
    void streamsHoldWhatWasRecordedHoweverTheirBytesArrive(Recording recording) throws Exception {
        byte[] bytes = recording.response().path("sse").asText().getBytes(UTF_8);
        for (int pieces : new int[] {1, 2, 3, 7, 64, 1000, bytes.length}) {
            agree(
                    recording,
                    JsonTrees.bytes(Anthropic.assembled(translated(bytes, bytes.length, pieces))));
        }
    }

    @ParameterizedTest
    @MethodSource("streams")
    void aStreamThatIsCutAnywhereSaysSo(Recording recording) throws Exception {
        String text = recording.response().path("sse").asText();
        byte[] bytes = text.getBytes(UTF_8);
        byte[] whole = translated(bytes, bytes.length, bytes.length);
        assertThat(new String(whole, UTF_8)).endsWith("data: [DONE]\n\n");
        // The last event counts once its JSON is whole, with or without the blank line.
        int last = text.substring(0, text.lastIndexOf('}') + 1).getBytes(UTF_8).length;
        for (int end = 0; end < bytes.length; end++) {
            int cut = end;
            if (end < last) {
                assertThatThrownBy(() -> translated(bytes, cut, bytes.length))
                        .as("cut at %d", end)
                        .isInstanceOf(EOFException.class);
            } else {
                assertThat(
                                Anthropic.assembled(translated(bytes, end, bytes.length))
                                        .path("choices"))
                        .isEqualTo(Anthropic.assembled(whole).path("choices"));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("errors")
    void errorsKeepWhatWasRecorded(Recording recording) throws Exception {
        JsonNode expected = recording.facts().path("error");
        JsonNode response = recording.response();
        ProviderFailure failure =
                Anthropic.translation(false)
                        .failure(
                                response.path("status").asInt(),
                                name -> response.path("headers").path(name).textValue(),
                                JsonTrees.bytes(response.path("body")));
        JsonNode error = JsonTrees.MAPPER.readTree(failure.body()).path("error");

        int status = expected.path("status").asInt();
        assertThat(failure.status()).isEqualTo(status == 529 ? 503 : status);
        assertThat(error.path("type")).isEqualTo(expected.path("type"));
        assertThat(error.path("message")).isEqualTo(expected.path("message"));
        assertThat(failure.retryAfterSeconds()).isEqualTo(expected.path("retry_after").asInt(-1));
        if (recording.id().contains("context-length")) {
            assertThat(error.path("code").asText()).isEqualTo("context_length_exceeded");
        }
    }

    private static byte[] translated(byte[] bytes, int end, int pieces) throws IOException {
        return Anthropic.readAll(
                Anthropic.translation(true).stream(Anthropic.source(bytes, end, pieces)));
    }

    private static void agree(Recording recording, byte[] answer) throws IOException {
        JsonNode facts = recording.facts();
        JsonNode choice = JsonTrees.MAPPER.readTree(answer).at("/choices/0");
        JsonNode message = choice.path("message");
        assertThat(message.path("content").asText("")).isEqualTo(facts.path("text").asText());
        assertThat(message.path("reasoning_content").asText(""))
                .isEqualTo(facts.path("reasoning").asText());
        JsonNode calls = facts.path("tool_calls");
        assertThat(message.path("tool_calls")).hasSize(calls.size());
        for (int i = 0; i < calls.size(); i++) {
            JsonNode call = message.path("tool_calls").path(i);
            assertThat(call.path("id").asText()).startsWith("toolu_");
            assertThat(call.at("/function/name")).isEqualTo(calls.path(i).path("name"));
            assertThat(JsonTrees.MAPPER.readTree(call.at("/function/arguments").asText()))
                    .isEqualTo(calls.path(i).path("arguments"));
        }
        assertThat(choice.path("finish_reason").asText())
                .isEqualTo(FINISHES.get(facts.path("finish").asText()));
        agree(facts.path("usage"), ResponseFacts.of(answer, answer.length).usage());
    }

    private static void agree(JsonNode expected, @org.jspecify.annotations.Nullable Usage usage) {
        assertThat(usage).isNotNull();
        if (usage != null) {
            assertThat(usage.input()).isEqualTo(expected.path("input_tokens").asLong());
            assertThat(usage.completionTokens()).isEqualTo(expected.path("output_tokens").asLong());
            assertThat(usage.cachedRead()).isEqualTo(expected.path("cache_read_tokens").asLong());
            assertThat(usage.cacheWrite5m() + usage.cacheWrite1h())
                    .isEqualTo(expected.path("cache_write_tokens").asLong());
        }
    }
}

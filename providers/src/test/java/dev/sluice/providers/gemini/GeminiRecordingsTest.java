package dev.sluice.providers.gemini;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.gemini.Recordings.Recording;
import dev.sluice.providers.openai.CompletionForms;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.ResponseFacts;
import dev.sluice.providers.protocol.Protocol;
import dev.sluice.providers.protocol.ProviderFailure;
import dev.sluice.providers.protocol.Translation;
import dev.sluice.providers.protocol.UnreadableAnswerException;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Recorded answers, streams and errors of Google's, judged by what a separate script found. */
class GeminiRecordingsTest {

    private static final Map<String, String> FINISHES =
            Map.of("STOP", "stop", "MAX_TOKENS", "length", "SAFETY", "content_filter");

    @Test
    void plainAnswersSayWhatWasRecorded() throws UnreadableAnswerException {
        List<Recording> all = plain();
        for (Recording recording : all) {
            byte[] body = JsonTrees.bytes(recording.response().path("body"));
            check(recording, translation(recording, false).answer(body));
        }
        assertThat(all).hasSizeGreaterThan(15);
    }

    @Test
    void streamsSayWhatWasRecordedHoweverTheyArrive() throws IOException {
        List<Recording> all = Recordings.of("streamGenerateContent");
        for (Recording recording : all) {
            byte[] sse = recording.response().path("sse").asText().getBytes(UTF_8);
            for (int size : new int[] {1, 2, 3, 7, 64, 1000, 1 << 20}) {
                byte[] told = told(recording, sse, sse.length, size);
                assertThat(new String(told, UTF_8)).endsWith("data: [DONE]\n\n");
                check(recording, CompletionForms.toPlain(told).orElseThrow());
            }
        }
        assertThat(all).hasSizeGreaterThan(4);
    }

    @Test
    void streamsThatAreCutAtAnyByteSaySoOrAreWhole() throws IOException {
        for (Recording recording : Recordings.of("streamGenerateContent")) {
            byte[] sse = recording.response().path("sse").asText().getBytes(UTF_8);
            for (int length = 0; length < sse.length; length++) {
                boolean isWhole =
                        new String(sse, 0, length, UTF_8).stripTrailing().length()
                                == new String(sse, UTF_8).stripTrailing().length();
                try {
                    byte[] told = told(recording, sse, length, 500);
                    assertThat(isWhole).as("%s cut at %d", recording.id(), length).isTrue();
                    check(recording, CompletionForms.toPlain(told).orElseThrow());
                } catch (EOFException e) {
                    assertThat(isWhole).as("%s cut at %d", recording.id(), length).isFalse();
                }
            }
        }
    }

    @Test
    void errorsKeepGooglesMessageUnderOpenAisStatus() {
        List<Recording> all =
                Recordings.of("generateContent").stream().filter(Recording::isError).toList();
        for (Recording recording : all) {
            JsonNode expected = recording.facts().path("error");
            JsonNode headers = recording.response().path("headers");
            ProviderFailure failure =
                    translation(recording, false)
                            .failure(
                                    recording.response().path("status").asInt(),
                                    name -> headers.path(name).textValue(),
                                    JsonTrees.bytes(recording.response().path("body")));
            JsonNode error = Calls.tree(failure.body()).path("error");
            String message = expected.path("message").asText();
            assertThat(error.path("message").asText()).isEqualTo(message);
            // Google's 400 to a wrong key is OpenAI's 401.
            boolean isKey = message.startsWith("API key not valid");
            int status = isKey ? 401 : expected.path("status").asInt();
            assertThat(failure.status()).as(recording.id()).isEqualTo(status);
            assertThat(error.path("code").asText())
                    .as(recording.id())
                    .isEqualTo(isKey ? "invalid_api_key" : expected.path("code").asText());
            assertThat(failure.retryAfterSeconds())
                    .as(recording.id())
                    .isEqualTo(message.contains("Please retry in 48.9") ? 48 : -1);
        }
        assertThat(all).hasSizeGreaterThan(4);
    }

    @Test
    void embeddingsHaveTheirRecordedVectors() throws UnreadableAnswerException {
        List<Recording> all = Recordings.of("embedContent");
        for (Recording recording : all) {
            JsonNode body = recording.response().path("body");
            Protocol protocol =
                    recording.isVertex()
                            ? Calls.vertex(recording.model())
                            : Calls.studio(recording.model());
            Translation translation =
                    Calls.ready(
                                    Calls.prepare(
                                            protocol,
                                            Endpoint.EMBEDDINGS,
                                            "{\"model\":\"m\",\"input\":\"Hello\"}"))
                            .translation();
            JsonNode answer = Calls.tree(translation.answer(JsonTrees.bytes(body)));
            JsonNode recorded =
                    body.has("embedding") ? body.path("embedding") : body.at("/embeddings/0");
            assertThat(answer.path("data")).hasSize(recording.facts().path("vectors").asInt());
            assertThat(answer.at("/data/0/embedding"))
                    .isEqualTo(recorded.path("values"))
                    .hasSize(recording.facts().path("dims").asInt());
            assertThat(answer.at("/usage/prompt_tokens").asLong())
                    .isEqualTo(body.at("/usageMetadata/promptTokenCount").asLong());
        }
        assertThat(all).hasSize(2);
    }

    private static List<Recording> plain() {
        return Recordings.of("generateContent").stream()
                .filter(recording -> !recording.isError())
                .toList();
    }

    private static byte[] told(Recording recording, byte[] sse, int length, int size)
            throws IOException {
        return Arrivals.readAll(
                translation(recording, true).stream(Arrivals.pieces(sse, length, size)));
    }

    private static Translation translation(Recording recording, boolean stream) {
        Protocol protocol =
                recording.isVertex()
                        ? Calls.vertex(recording.model())
                        : Calls.studio(recording.model());
        return Calls.ready(
                        protocol,
                        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stream\":"
                                + stream
                                + "}")
                .translation();
    }

    private static void check(Recording recording, byte[] json) {
        JsonNode facts = recording.facts();
        JsonNode answer = Calls.tree(json);
        JsonNode message = answer.at("/choices/0/message");
        String id = recording.id();
        assertThat(message.path("content").asText(""))
                .as(id)
                .isEqualTo(facts.path("text").asText());
        assertThat(message.path("reasoning_content").asText(""))
                .as(id)
                .isEqualTo(facts.path("reasoning").asText());
        JsonNode calls = facts.path("tool_calls");
        assertThat(message.path("tool_calls")).as(id).hasSize(calls.size());
        for (int i = 0; i < calls.size(); i++) {
            JsonNode function = message.path("tool_calls").path(i).path("function");
            assertThat(function.path("name")).as(id).isEqualTo(calls.path(i).path("name"));
            assertThat(Calls.tree(function.path("arguments").asText()))
                    .as(id)
                    .isEqualTo(calls.path(i).path("arguments"));
        }
        String finish =
                facts.has("block_reason")
                        ? "content_filter"
                        : !calls.isEmpty()
                                ? "tool_calls"
                                : FINISHES.get(facts.path("finish").asText());
        assertThat(answer.at("/choices/0/finish_reason").asText()).as(id).isEqualTo(finish);
        usage(id, facts.path("usage"), ResponseFacts.of(json, json.length).usage());
    }

    private static void usage(String id, JsonNode expected, @Nullable Usage usage) {
        if (expected.isEmpty()) {
            assertThat(usage).as(id).isNull();
            return;
        }
        assertThat(usage).as(id).isNotNull();
        if (usage != null) {
            long reasoning = expected.path("reasoning_tokens").asLong();
            long output = expected.path("output_tokens").asLong();
            assertThat(usage.promptTokens())
                    .as(id)
                    .isEqualTo(expected.path("input_tokens").asLong());
            assertThat(usage.completionTokens()).as(id).isEqualTo(output + reasoning);
            assertThat(usage.reasoning()).as(id).isEqualTo(reasoning);
            assertThat(usage.cachedRead())
                    .as(id)
                    .isEqualTo(expected.path("cache_read_tokens").asLong());
        }
    }
}

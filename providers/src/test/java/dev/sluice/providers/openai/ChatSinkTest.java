package dev.sluice.providers.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.schemas.events.Usage;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;

/** What adapters tell reads as OpenAI's wire, plain and streamed alike. */
class ChatSinkTest {

    private static final Usage USAGE = new Usage(5, 7, 11, 13, 17, 19, 23, 29, 31);

    private static void tell(ChatSink sink) {
        sink.begin("msg_1", "some-model");
        sink.reasoning("Hm, ");
        sink.reasoning("\"so\"");
        sink.text("Grüße, ");
        sink.text("");
        sink.text("\uD83D\uDE00\n");
        sink.toolCall(0, "call_a", "weather");
        sink.arguments(0, "{\"city\":");
        sink.arguments(0, "\"Kyiv\"}");
        sink.toolCall(1, "call_b", "time");
        sink.extension("annotations", "[{\"type\":\"url_citation\"}]");
        sink.finish("tool_calls");
        sink.serviceTier("flex");
        sink.usage(USAGE);
    }

    @Test
    void aPlainAnswerHoldsEverythingThatWasTold() throws IOException {
        var answer = new ChatAnswer("chatcmpl-1", "fallback", 1_700_000_000);
        tell(answer);
        checkAnswer(answer.json());
    }

    @Test
    void theStreamOfTheSameAmountsToTheSameAnswer() throws IOException {
        var chunks = new ChatChunks("chatcmpl-1", "fallback", 1_700_000_000);
        tell(chunks);
        chunks.done();
        checkAnswer(CompletionForms.toPlain(chunks.take()).orElseThrow());
        assertThat(chunks.isEmpty()).isTrue();
    }

    private static void checkAnswer(byte[] json) throws IOException {
        JsonNode answer = JsonTrees.MAPPER.readTree(json);
        JsonNode message = answer.at("/choices/0/message");
        assertThat(answer.path("id").asText()).isEqualTo("msg_1");
        assertThat(answer.path("model").asText()).isEqualTo("some-model");
        assertThat(answer.path("created").asLong()).isEqualTo(1_700_000_000);
        assertThat(message.path("role").asText()).isEqualTo("assistant");
        assertThat(message.path("content").asText()).isEqualTo("Grüße, \uD83D\uDE00\n");
        assertThat(message.path("reasoning_content").asText()).isEqualTo("Hm, \"so\"");
        assertThat(message.at("/tool_calls/0/id").asText()).isEqualTo("call_a");
        assertThat(message.at("/tool_calls/0/function/arguments").asText())
                .isEqualTo("{\"city\":\"Kyiv\"}");
        assertThat(message.at("/tool_calls/1/function/name").asText()).isEqualTo("time");
        assertThat(message.at("/tool_calls/1/function/arguments").asText()).isEmpty();
        assertThat(message.at("/annotations/0/type").asText()).isEqualTo("url_citation");
        assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("tool_calls");
        assertThat(ResponseFacts.of(json, json.length).usage()).isEqualTo(USAGE);
    }

    @Test
    void theTierThatDecidesThePriceIsToldInBothForms() throws IOException {
        var answer = new ChatAnswer("a", "m", 0);
        tell(answer);
        byte[] json = answer.json();
        assertThat(ResponseFacts.of(json, json.length).serviceTier()).isEqualTo("flex");
        var chunks = new ChatChunks("a", "m", 0);
        tell(chunks);
        chunks.done();
        var events = new SseReader(new ByteArrayInputStream(chunks.take())::read, 1 << 20);
        while (events.next() == SseReader.Step.EVENT) {
            assertThat(events.event().isError()).isFalse();
        }
        assertThat(events.serviceTier()).isEqualTo("flex");
    }

    @Test
    void anAnswerOfToolCallsAloneHasNoContent() throws IOException {
        var answer = new ChatAnswer("a", "m", 0);
        answer.toolCall(0, "c", "f");
        JsonNode message = JsonTrees.MAPPER.readTree(answer.json()).at("/choices/0/message");
        assertThat(message.path("content").isNull()).isTrue();
        assertThat(message.has("content")).isTrue();
    }

    @Test
    void argumentsOfAnUnknownCallAreABug() {
        var answer = new ChatAnswer("a", "m", 0);
        assertThatThrownBy(() -> answer.arguments(3, "{}"))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aStreamIsMadeOnlyAsItIsRead() throws IOException {
        var chunks = new ChatChunks("a", "m", 0);
        int[] steps = {0};
        var stream =
                new ChatStream(
                        chunks,
                        sink -> {
                            sink.text("piece " + steps[0]);
                            return ++steps[0] < 3;
                        });
        assertThat(stream.read(new byte[10], 0, 10)).isEqualTo(10);
        assertThat(steps[0]).isEqualTo(1);
        String rest = new String(readAll(stream), UTF_8);
        assertThat(rest).contains("piece 2").endsWith("data: [DONE]\n\n");
    }

    @Test
    void anErrorEndsAStreamWithoutDone() throws IOException {
        var stream =
                new ChatStream(
                        new ChatChunks("a", "m", 0),
                        sink -> {
                            sink.usage(Usage.of(3, 4));
                            sink.error(new ErrorBody("busy", "overloaded_error", null, "529"));
                            throw new ChatStream.ErrorTold();
                        });
        byte[] bytes = readAll(stream);
        var events = new SseReader(new ByteArrayInputStream(bytes)::read, 1 << 20);
        assertThat(events.next()).isEqualTo(SseReader.Step.EVENT);
        assertThat(events.usage()).isEqualTo(Usage.of(3, 4));
        assertThat(events.next()).isEqualTo(SseReader.Step.EVENT);
        assertThat(events.event().isError()).isTrue();
        assertThat(events.next()).isEqualTo(SseReader.Step.END);
        assertThat(new String(bytes, UTF_8)).doesNotContain("[DONE]");
    }

    @Test
    void aStreamThatEndsTooSoonSaysSo() {
        var stream =
                new ChatStream(
                        new ChatChunks("a", "m", 0),
                        _ -> {
                            throw new EOFException("cut");
                        });
        assertThatThrownBy(() -> readAll(stream)).isInstanceOf(EOFException.class);
    }

    private static byte[] readAll(ByteSource source) throws IOException {
        var out = new ByteArrayOutputStream();
        byte[] some = new byte[7];
        int count = source.read(some, 0, some.length);
        while (count >= 0) {
            out.write(some, 0, count);
            count = source.read(some, 0, some.length);
        }
        return out.toByteArray();
    }
}

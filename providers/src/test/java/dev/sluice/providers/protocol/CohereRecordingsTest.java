package dev.sluice.providers.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.protocol.Exchanges.Exchange;
import dev.sluice.providers.protocol.ProtocolSettings.Parameters;
import dev.sluice.schemas.events.Usage;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.EOFException;
import java.io.IOException;
import java.util.List;

/** What Cohere answered in recordings comes out in OpenAI's wire as a separate script found it. */
class CohereRecordingsTest {

    private static final CohereProtocol PROTOCOL =
            CohereProtocol.of(Calls.settings("cohere", "command-a", Parameters.STRICT));

    private static List<Exchange> chats() {
        return Exchanges.of("cohere", List.of("chat"));
    }

    static List<Exchange> answers() {
        return chats().stream()
                .filter(one -> one.response().has("body") && !one.facts().has("error"))
                .toList();
    }

    static List<Exchange> errors() {
        return chats().stream().filter(one -> one.facts().has("error")).toList();
    }

    static List<Exchange> streams() {
        return chats().stream().filter(one -> one.response().has("sse")).toList();
    }

    static List<Exchange> embeddings() {
        return Exchanges.of("cohere", List.of("embed"));
    }

    @ParameterizedTest
    @MethodSource("answers")
    void answersAreTranslatedExactly(Exchange exchange) throws UnreadableAnswerException {
        check(
                exchange,
                Calls.translation(PROTOCOL)
                        .answer(JsonTrees.bytes(exchange.response().path("body"))));
    }

    @ParameterizedTest
    @MethodSource("streams")
    void streamsAreTranslatedExactlyHoweverTheyArrive(Exchange exchange) throws IOException {
        byte[] bytes = exchange.response().path("sse").asText().getBytes(UTF_8);
        for (int size : List.of(1, 2, 13, 1_000, bytes.length)) {
            byte[] events =
                    Exchanges.readAll(
                            Calls.translation(PROTOCOL).stream(
                                    Exchanges.pieces(bytes, bytes.length, size)));
            assertThat(new String(events, UTF_8)).endsWith("data: [DONE]\n\n");
            check(exchange, Calls.plain(events));
        }
    }

    @ParameterizedTest
    @MethodSource("streams")
    void streamsCutAnywhereNeverLookComplete(Exchange exchange) throws IOException {
        String sse = exchange.response().path("sse").asText();
        byte[] bytes = sse.getBytes(UTF_8);
        String last = sse.substring(0, sse.lastIndexOf('}') + 1);
        int complete = last.getBytes(UTF_8).length;
        for (int length = 0; length < bytes.length; length++) {
            var stream = Calls.translation(PROTOCOL).stream(Exchanges.pieces(bytes, length, 500));
            if (length >= complete) {
                check(exchange, Calls.plain(Exchanges.readAll(stream)));
                continue;
            }
            try {
                Exchanges.readAll(stream);
                throw new AssertionError("cut at " + length + " it looks complete");
            } catch (EOFException e) {
                assertThat(e).hasMessageContaining("ends");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("errors")
    void errorsKeepStatusAndMessage(Exchange exchange) {
        JsonNode expected = exchange.facts().path("error");
        ProviderFailure failure =
                Calls.translation(PROTOCOL)
                        .failure(
                                expected.path("status").asInt(),
                                _ -> null,
                                JsonTrees.bytes(exchange.response().path("body")));
        assertThat(failure.status()).isEqualTo(expected.path("status").asInt());
        JsonNode error = Exchanges.tree(new String(failure.body(), UTF_8)).path("error");
        assertThat(error.path("message").asText()).isEqualTo(expected.path("message").asText());
        assertThat(error.path("code").asText())
                .isEqualTo(
                        switch (failure.status()) {
                            case 400 -> "context_length_exceeded";
                            case 401 -> "invalid_api_key";
                            default -> "model_not_found";
                        });
    }

    @ParameterizedTest
    @MethodSource("embeddings")
    void embeddingsKeepTheirNumbers(Exchange exchange) throws UnreadableAnswerException {
        JsonNode body = exchange.response().path("body");
        var call =
                Calls.call(
                        Endpoint.EMBEDDINGS,
                        Exchanges.tree("{\"model\":\"m\",\"input\":\"x\",\"dimensions\":1024}"));
        byte[] bytes = Calls.ready(PROTOCOL, call).translation().answer(JsonTrees.bytes(body));
        JsonNode answer = Exchanges.tree(new String(bytes, UTF_8));
        assertThat(answer.at("/data/0/embedding")).isEqualTo(body.at("/embeddings/float/0"));
        assertThat(answer.at("/usage/prompt_tokens"))
                .isEqualTo(body.at("/meta/billed_units/input_tokens"));
        assertThat(Calls.sent(PROTOCOL, call).path("output_dimension"))
                .isEqualTo(exchange.request().at("/body/output_dimension"));
    }

    private static void check(Exchange exchange, byte[] answer) {
        JsonNode facts = exchange.facts();
        String finish =
                switch (facts.path("finish").asText()) {
                    case "TOOL_CALL" -> "tool_calls";
                    case "COMPLETE" -> "stop";
                    default -> throw new AssertionError(facts.path("finish"));
                };
        Calls.checkAnswer(answer, facts, finish);
        Usage used = Calls.usage(answer);
        assertThat(used)
                .as(exchange.id())
                .isEqualTo(
                        Usage.of(
                                facts.at("/usage/billed_input_tokens").asLong(),
                                facts.at("/usage/billed_output_tokens").asLong()));
    }
}

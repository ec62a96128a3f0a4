package dev.sluice.providers.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.protocol.Exchanges.Exchange;
import dev.sluice.providers.protocol.ProtocolSettings.Parameters;
import dev.sluice.schemas.events.Usage;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.EOFException;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/** What Bedrock answered in recordings comes out in OpenAI's wire as a separate script found it. */
class BedrockRecordingsTest {

    private static final BedrockProtocol PROTOCOL =
            BedrockProtocol.of(
                    Calls.settings("bedrock", "us.amazon.nova-2-lite-v1:0", Parameters.STRICT));

    private static List<Exchange> of(String endpoint) {
        return Exchanges.of("bedrock", List.of(endpoint));
    }

    static List<Exchange> answers() {
        return of("converse").stream().filter(one -> !one.facts().has("error")).toList();
    }

    static List<Exchange> errors() {
        return of("converse").stream().filter(one -> one.facts().has("error")).toList();
    }

    static List<Exchange> streams() {
        return of("converse-stream");
    }

    static List<Exchange> requests() {
        return Exchanges.of("bedrock", List.of("converse", "converse-stream")).stream()
                .filter(one -> one.request().path("body").isObject())
                .toList();
    }

    @ParameterizedTest
    @MethodSource("answers")
    void answersAreTranslatedExactly(Exchange exchange) throws UnreadableAnswerException {
        byte[] answer =
                Calls.translation(PROTOCOL)
                        .answer(JsonTrees.bytes(exchange.response().path("body")));
        check(exchange, answer);
    }

    @ParameterizedTest
    @MethodSource("streams")
    void streamsAreTranslatedExactlyHoweverTheyArrive(Exchange exchange) throws IOException {
        byte[] bytes =
                Base64.getDecoder().decode(exchange.response().path("eventstream_b64").asText());
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
        byte[] bytes =
                Base64.getDecoder().decode(exchange.response().path("eventstream_b64").asText());
        for (int length = 0; length < bytes.length; length++) {
            var stream = Calls.translation(PROTOCOL).stream(Exchanges.pieces(bytes, length, 500));
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
                                name -> exchange.response().path("headers").path(name).textValue(),
                                JsonTrees.bytes(exchange.response().path("body")));
        assertThat(failure.status()).isEqualTo(expected.path("status").asInt());
        JsonNode error = Exchanges.tree(new String(failure.body(), UTF_8)).path("error");
        assertThat(error.path("message").asText()).isEqualTo(expected.path("message").asText());
        assertThat(error.path("code").asText().equals("context_length_exceeded"))
                .isEqualTo(exchange.id().contains("context-length"));
        assertThat(error.path("type").asText())
                .isEqualTo(
                        switch (failure.status()) {
                            case 403 -> "permission_error";
                            case 429 -> "rate_limit_error";
                            default -> "invalid_request_error";
                        });
    }

    /** What OpenAI's wire would have said, said to Bedrock, is what was said to Bedrock. */
    @ParameterizedTest
    @MethodSource("requests")
    void requestsAreMadeAsTheyWereRecorded(Exchange exchange) {
        ObjectNode recorded = exchange.request().path("body").deepCopy();
        ObjectNode request = ConverseReader.openAi(recorded);
        request.remove("stream");
        JsonNode sent = Calls.sent(PROTOCOL, Calls.call(Endpoint.CHAT_COMPLETIONS, request));
        for (String name : Set.of("messages", "toolConfig", "outputConfig")) {
            assertThat(normal(sent.path(name))).as(name).isEqualTo(normal(recorded.path(name)));
        }
        assertThat(sent.path("system").size()).isEqualTo(recorded.path("system").size());
    }

    private static JsonNode normal(JsonNode tree) {
        JsonNode copy = tree.deepCopy();
        copy.findParents("schema").stream()
                .filter(parent -> parent.path("schema").isTextual())
                .map(ObjectNode.class::cast)
                .forEach(parent ->
                        parent.set("schema", Exchanges.tree(parent.path("schema").asText())));
        copy.findParents("toolResult").stream()
                .map(parent -> (ObjectNode) parent.path("toolResult"))
                .filter(result -> result.path("status").asText().equals("success"))
                .forEach(result -> result.remove("status"));
        return copy;
    }

    private static void check(Exchange exchange, byte[] answer) {
        JsonNode facts = exchange.facts();
        String finish =
                switch (facts.path("finish").asText()) {
                    case "tool_use" -> "tool_calls";
                    case "end_turn" -> "stop";
                    default -> throw new AssertionError(facts.path("finish"));
                };
        Calls.checkAnswer(answer, facts, finish);
        JsonNode used = facts.path("usage");
        Usage expected =
                new Usage(
                        used.path("input_tokens").asLong(),
                        used.path("cache_read_tokens").asLong(),
                        used.path("cache_write_tokens").asLong(),
                        0,
                        used.path("output_tokens").asLong(),
                        0,
                        0,
                        0,
                        0);
        assertThat(Calls.usage(answer)).as(exchange.id()).isEqualTo(expected);
    }
}

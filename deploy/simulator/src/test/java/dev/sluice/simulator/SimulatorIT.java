package dev.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Set;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SimulatorIT {

    private final Simulator simulator =
            new Simulator(SimulatorSettings.defaults("127.0.0.1", 0).withProfile("instant"));
    private Client client;

    @BeforeAll
    void start() {
        simulator.start();
        client = Client.of(simulator);
    }

    @AfterAll
    void stop() {
        simulator.close();
    }

    @BeforeEach
    void forget() {
        client.send("DELETE", "/_sim/scenario", "");
        client.send("DELETE", "/_sim/ledger", "");
    }

    @Test
    void answersAChat() {
        HttpResponse<String> response =
                client.chat(
                        "gpt-4o", "hello there", ",\"metadata\":{\"sim_output_tokens\":\"12\"}");
        JsonNode answer = Client.json(response.body());

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).hasValue("application/json");
        assertThat(response.headers().firstValue("x-request-id"))
                .hasValue(answer.get("id").textValue());
        assertThat(answer.get("id").textValue()).startsWith("chatcmpl-");
        assertThat(answer.get("object").textValue()).isEqualTo("chat.completion");
        assertThat(answer.get("model").textValue()).isEqualTo("gpt-4o");
        JsonNode choice = answer.at("/choices/0");
        assertThat(choice.at("/message/role").textValue()).isEqualTo("assistant");
        assertThat(choice.at("/message/content").textValue()).matches("\\S+( \\S+){11}");
        assertThat(choice.get("finish_reason").textValue()).isEqualTo("stop");
        assertThat(answer.at("/usage/prompt_tokens").longValue()).isEqualTo(3 + 3);
        assertThat(answer.at("/usage/completion_tokens").longValue()).isEqualTo(12);
        assertThat(answer.at("/usage/total_tokens").longValue()).isEqualTo(18);
        assertThat(answer.at("/usage/prompt_tokens_details/cached_tokens").longValue()).isZero();
    }

    @Test
    void streamsWhatItAnswersPlain() {
        String limit = ",\"n\":2,\"max_tokens\":15,\"metadata\":{\"sim_output_tokens\":\"40\"}";
        JsonNode plain = Client.json(client.chat("gpt-4o", "hello", limit).body());
        HttpResponse<String> response =
                client.chat(
                        "gpt-4o",
                        "hello",
                        limit + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}");
        List<JsonNode> events = Client.events(response.body());

        assertThat(response.headers().firstValue("content-type").orElseThrow())
                .startsWith("text/event-stream");
        assertThat(response.body()).endsWith("data: [DONE]\n\n");
        // two openings, two times 15 pieces, two finishes, the usage
        assertThat(events).hasSize(2 + 30 + 2 + 1);
        assertThat(events)
                .allSatisfy(event -> {
                    assertThat(event.get("object").textValue()).isEqualTo("chat.completion.chunk");
                    assertThat(event.has("usage")).isTrue();
                });
        assertThat(events.getFirst().at("/choices/0/delta/role").textValue())
                .isEqualTo("assistant");
        for (int choice = 0; choice < 2; choice++) {
            assertThat(spoken(events, choice))
                    .isEqualTo(plain.at("/choices/" + choice + "/message/content").textValue());
        }
        assertThat(events.get(33).at("/choices/0/finish_reason").textValue()).isEqualTo("length");
        assertThat(events.getLast().get("choices")).isEmpty();
        assertThat(events.getLast().get("usage")).isEqualTo(plain.get("usage"));
        assertThat(plain.at("/usage/completion_tokens").longValue()).isEqualTo(30);
    }

    @Test
    void keepsQuietAboutUsageUnlessAsked() {
        String body = client.chat("gpt-4o", "hello", ",\"stream\":true").body();

        assertThat(body).doesNotContain("usage");
        assertThat(client.lastAttempt().get("output_tokens").longValue()).isPositive();
    }

    @Test
    void answersACompletionPlainAndStreamed() {
        String body =
                "{\"model\":\"gpt-3.5-turbo-instruct\",\"prompt\":[\"a\",\"b\"],\"max_tokens\":9%s}";
        JsonNode plain = client.ask("/v1/completions", body.formatted(""));
        List<JsonNode> events =
                Client.events(
                        client.post(
                                        "/v1/completions",
                                        body.formatted(
                                                ",\"stream\":true,\"stream_options\":{\"include_usage\":true}"))
                                .body());

        assertThat(plain.get("id").textValue()).startsWith("cmpl-");
        assertThat(plain.get("object").textValue()).isEqualTo("text_completion");
        assertThat(plain.get("choices")).hasSize(2);
        assertThat(plain.at("/usage/prompt_tokens").longValue()).isEqualTo(2);
        StringBuilder second = new StringBuilder();
        for (JsonNode event : events) {
            if (event.at("/choices/0/index").asInt(-1) == 1) {
                second.append(event.at("/choices/0/text").textValue());
            }
        }
        assertThat(second).hasToString(plain.at("/choices/1/text").textValue());
        assertThat(events.getLast().get("usage")).isEqualTo(plain.get("usage"));
    }

    @Test
    void embeds() {
        JsonNode answer =
                client.ask(
                        "/v1/embeddings",
                        "{\"model\":\"text-embedding-3-large\",\"input\":[\"abcde\",\"x\"]}");

        assertThat(answer.get("object").textValue()).isEqualTo("list");
        assertThat(answer.get("data")).hasSize(2);
        assertThat(answer.at("/data/1/index").intValue()).isEqualTo(1);
        assertThat(answer.at("/data/0/embedding")).hasSize(3072);
        assertThat(answer.at("/usage/prompt_tokens").longValue()).isEqualTo(3);
        assertThat(answer.at("/usage/total_tokens").longValue()).isEqualTo(3);
    }

    @Test
    void saysTheSameToTheSameRequestAndOtherThingsToOthers() {
        String first = content(client.chat("gpt-4o", "hello", ",\"temperature\":0.1"));

        assertThat(content(client.chat("gpt-4o", "hello", ""))).isEqualTo(first);
        assertThat(content(client.chat("gpt-4o", "hello!", ""))).isNotEqualTo(first);
        assertThat(content(client.chat("gpt-4o-mini", "hello", ""))).isNotEqualTo(first);
    }

    @Test
    void sparesTheCachedPrefixOfALongPrompt() {
        String prefix = "p".repeat(1200 * 4);
        client.chat("gpt-4.1", prefix + "a".repeat(400), ",\"max_tokens\":1");

        HttpResponse<String> again =
                client.chat("gpt-4.1", prefix + "b".repeat(400), ",\"max_tokens\":1");
        HttpResponse<String> otherModel =
                client.chat("gpt-4o", prefix + "b".repeat(400), ",\"max_tokens\":1");

        assertThat(cached(again)).isEqualTo(1152);
        assertThat(cached(otherModel)).isZero();
        JsonNode totals = client.ledger().at("/by_model/gpt-4.1");
        // 1303 * 2 + 8 dollars a million, then (1303 - 1152) * 2 + 1152 * 0.5 + 8
        assertThat(totals.get("cost_pico").longValue()).isEqualTo(2_614_000_000L + 886_000_000L);
        assertThat(totals.get("cached_tokens").longValue()).isEqualTo(1152);
    }

    @Test
    void keepsTheLedgerInTheAgreedShape() {
        JsonNode answer =
                Client.json(
                        client.chat("gpt-4o", "abcd", ",\"metadata\":{\"sim_output_tokens\":5}")
                                .body());
        JsonNode ledger = client.ledger();

        assertThat(ledger.get("totals"))
                .hasToString(
                        "{\"calls\":1,\"input_tokens\":4,\"cached_tokens\":0,\"output_tokens\":5,"
                                + "\"reasoning_tokens\":0,"
                                + "\"cost_pico\":60000000}");
        assertThat(ledger.at("/by_key/...1234")).isEqualTo(ledger.get("totals"));
        assertThat(ledger.at("/by_model/gpt-4o")).isEqualTo(ledger.get("totals"));
        JsonNode attempt = ledger.at("/attempts/0");
        assertThat(attempt.get("at").textValue())
                .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z");
        assertThat(attempt.get("request_id")).isEqualTo(answer.get("id"));
        assertThat(attempt.toString())
                .endsWith(
                        "\"key\":\"...1234\",\"deployment\":null,\"model\":\"gpt-4o\","
                                + "\"user\":null,\"status\":200,\"stream\":false,"
                                + "\"input_tokens\":4,\"cached_tokens\":0,\"output_tokens\":5,"
                                + "\"reasoning_tokens\":0,"
                                + "\"cost_pico\":60000000,\"fault\":null}");
    }

    @Test
    void showsAsManyAttemptsAsAreAskedFor() {
        client.chat("gpt-4o", "a", "");
        client.chat("gpt-4o-mini", "a", "");

        JsonNode one = Client.json(client.send("GET", "/_sim/ledger?attempts=1", "").body());

        assertThat(one.at("/totals/calls").intValue()).isEqualTo(2);
        assertThat(one.get("attempts")).hasSize(1);
        assertThat(one.at("/attempts/0/model").textValue()).isEqualTo("gpt-4o-mini");
        assertThat(client.send("GET", "/_sim/ledger?attempts=x", "").statusCode()).isEqualTo(400);
    }

    @Test
    void startsWithAnEmptyLedgerAndListsModelsWithoutACall() {
        assertThat(client.send("GET", "/v1/models", "").body()).contains("\"id\":\"gpt-4o\"");
        assertThat(client.send("GET", "/v1/models/gpt-4o", "").statusCode()).isEqualTo(200);
        assertThat(client.send("GET", "/v1/models/nope", "").statusCode()).isEqualTo(404);
        assertThat(client.send("GET", "/d/east/v1/models", "").statusCode()).isEqualTo(200);
        assertThat(client.ledger().at("/totals/calls").intValue()).isZero();
        assertThat(client.ledger().get("attempts")).isEmpty();
    }

    @Test
    void answersErrorsInOpenAisForm() {
        assertError(client.post("/v1/chat/completions", "{"), 400);
        assertError(client.post("/v1/chat/completions", "{\"model\":\"gpt-4o\"}"), 400);
        assertError(client.post("/v1/no/such", "{}"), 404);
        assertError(client.post("/d/east", "{}"), 404);
        assertError(client.send("GET", "/v1/chat/completions", ""), 405);
        assertError(client.send("PUT", "/_sim/ledger", ""), 405);
        assertError(client.post("/_sim/scenario", "{\"nope\":1}"), 400);
        assertThat(client.ledger().get("totals").get("calls").intValue()).isZero();
    }

    @Test
    void closesTheConnectionWhereItIsAskedTo() throws IOException {
        String body = Client.chatBody("gpt-4o", "hi", "");
        String stream = Client.chatBody("gpt-4o", "hi", ",\"stream\":true");

        assertThat(client.closing("/v1/chat/completions", body)).endsWith("}");
        assertThat(client.closing("/v1/chat/completions", stream)).endsWith("\r\n0\r\n\r\n");
        assertThat(client.closing("/v1/no/such", "{}")).startsWith("HTTP/1.1 404");
    }

    @Test
    void refusesABodyThatIsTooLarge() throws IOException {
        SimulatorSettings usual = SimulatorSettings.defaults("127.0.0.1", 0);
        SimulatorSettings small =
                new SimulatorSettings(
                        usual.host(),
                        0,
                        null,
                        "instant",
                        Set.of(),
                        false,
                        1,
                        10,
                        1000,
                        100,
                        usual.holdMax());
        try (Simulator other = new Simulator(small)) {
            other.start();
            Client stranger = Client.of(other);

            assertThat(stranger.untilClosed("/v1/embeddings", "x".repeat(1001)))
                    .startsWith("HTTP/1.1 413")
                    .contains("invalid_request_error");
            stranger.chat("gpt-4o", "a", "");
            assertThat(stranger.ledger().get("by_key").has(Client.KEY)).isTrue();
        }
    }

    @Test
    void letsOnlyItsKeysInWhereThereAreSome() {
        SimulatorSettings settings =
                SimulatorSettings.defaults("127.0.0.1", 0)
                        .withProfile("instant")
                        .withKeys(Set.of("sk-good-0001"));
        try (Simulator strict = new Simulator(settings)) {
            strict.start();
            Client stranger = Client.of(strict);
            String body = Client.chatBody("gpt-4o", "hi", "");

            HttpResponse<String> wrong = stranger.post("/v1/chat/completions", body);

            assertError(wrong, 401);
            assertThat(wrong.body()).contains("invalid_api_key").doesNotContain(Client.KEY);
            assertThat(
                            stranger.send("POST", "/v1/chat/completions", body, "sk-good-0001")
                                    .statusCode())
                    .isEqualTo(200);
            assertThat(stranger.ledger().at("/totals/calls").intValue()).isEqualTo(1);
        }
    }

    private static void assertError(HttpResponse<String> response, int status) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        JsonNode error = Client.json(response.body()).get("error");
        assertThat(error.get("message").textValue()).isNotBlank();
        assertThat(error.get("type").textValue()).isEqualTo("invalid_request_error");
        assertThat(error.has("param") && error.has("code")).isTrue();
    }

    private static String spoken(List<JsonNode> events, int choice) {
        StringBuilder text = new StringBuilder();
        for (JsonNode event : events) {
            if (event.at("/choices/0/index").asInt(-1) == choice) {
                text.append(event.at("/choices/0/delta/content").asText(""));
            }
        }
        return text.toString();
    }

    private static String content(HttpResponse<String> response) {
        return Client.json(response.body()).at("/choices/0/message/content").textValue();
    }

    private static long cached(HttpResponse<String> response) {
        return Client.json(response.body())
                .at("/usage/prompt_tokens_details/cached_tokens")
                .longValue();
    }
}

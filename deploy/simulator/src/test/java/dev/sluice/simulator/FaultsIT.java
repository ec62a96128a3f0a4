package dev.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FaultsIT {

    private static final String CHAT = "/v1/chat/completions";
    private static final String TEN_TOKENS = ",\"metadata\":{\"sim_output_tokens\":\"10\"}";
    private static final String STREAM =
            ",\"stream\":true,\"stream_options\":{\"include_usage\":true}";

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
    void refusesWithAndWithoutRetryAfter() {
        client.scenario("{\"fault\":{\"status\":429,\"retry_after\":2}}");
        HttpResponse<String> limited = client.chat("gpt-4o", "hi", "");
        client.scenario("{\"fault\":{\"status\":400,\"code\":\"context_length_exceeded\"}}");
        HttpResponse<String> tooLong = client.chat("gpt-4o", "hi", "");

        assertThat(limited.statusCode()).isEqualTo(429);
        assertThat(limited.headers().firstValue("retry-after")).hasValue("2");
        assertThat(limited.body()).contains("rate_limit_exceeded");
        assertThat(tooLong.statusCode()).isEqualTo(400);
        assertThat(tooLong.headers().firstValue("retry-after")).isEmpty();
        assertThat(tooLong.body()).contains("\"code\":\"context_length_exceeded\"");
        assertThat(client.ledger().at("/totals/calls").intValue()).isZero();
        assertThat(client.ledger().at("/attempts/0/fault").textValue()).isEqualTo("status_429");
        assertThat(client.ledger().at("/attempts/0/status").intValue()).isEqualTo(429);
        assertThat(client.ledger().at("/attempts/1/cost_pico").longValue()).isZero();
    }

    @Test
    void strikesOneDeploymentAndSparesTheOther() {
        client.scenario("{\"match\":{\"deployment\":\"east\"},\"fault\":{\"status\":503}}");
        String body = Client.chatBody("gpt-4o", "hi", "");

        assertThat(client.post("/d/east" + CHAT, body).statusCode()).isEqualTo(503);
        assertThat(client.post("/d/west" + CHAT, body).statusCode()).isEqualTo(200);
        assertThat(client.post(CHAT, body).statusCode()).isEqualTo(200);
    }

    @Test
    void swallowsARequestUntilTheScenarioIsTakenBack() throws Exception {
        client.scenario("{\"match\":{\"model\":\"gpt-4o\"},\"black_hole\":true}");
        CompletableFuture<String> held =
                CompletableFuture.supplyAsync(
                        () -> received(Client.chatBody("gpt-4o", "hi", "")),
                        Executors.newVirtualThreadPerTaskExecutor());
        await().until(() -> client.ledger().get("attempts").size() == 1);

        assertThat(client.chat("gpt-4o-mini", "hi", "").statusCode()).isEqualTo(200);
        assertThat(held).isNotDone();
        client.send("DELETE", "/_sim/scenario", "");

        assertThat(held.get()).isEmpty();
        assertThat(client.ledger().at("/attempts/0/fault").textValue()).isEqualTo("black_hole");
        assertThat(client.ledger().at("/attempts/0/status").intValue()).isZero();
        assertThat(client.ledger().at("/totals/calls").intValue()).isEqualTo(1);
    }

    @Test
    void cutsAPlainAnswerAndBillsAllOfIt() {
        client.scenario("{\"cut_after_bytes\":100}");

        String received = received(Client.chatBody("gpt-4o", "hi", TEN_TOKENS));

        assertThat(body(received)).hasSize(100).startsWith("{\"id\":\"chatcmpl-");
        JsonNode attempt = client.lastAttempt();
        assertThat(attempt.get("fault").textValue()).isEqualTo("cut");
        assertThat(attempt.get("status").intValue()).isEqualTo(200);
        assertThat(attempt.get("output_tokens").intValue()).isEqualTo(10);
        assertThat(client.ledger().at("/totals/calls").intValue()).isEqualTo(1);
    }

    @Test
    void cutsAStreamAndBillsWhatWasGenerated() {
        String request = Client.chatBody("gpt-4o", "abcd", TEN_TOKENS + STREAM);
        String whole = client.post(CHAT, request).body();
        int fourthPiece = nth(whole, "data: ", 5);
        client.send("DELETE", "/_sim/ledger", "");
        client.scenario("{\"cut_after_bytes\":" + (fourthPiece + 20) + "}");

        String received = received(request);

        assertThat(received).doesNotContain("[DONE]").doesNotContain("\r\n0\r\n");
        JsonNode attempt = client.lastAttempt();
        assertThat(attempt.get("fault").textValue()).isEqualTo("cut");
        assertThat(attempt.get("output_tokens").intValue()).isEqualTo(4);
        // (3 + 1) * 2.5 + 4 * 10 dollars a million
        assertThat(client.ledger().at("/totals/cost_pico").longValue()).isEqualTo(50_000_000);
    }

    @Test
    void cutsInTheLastEventAndBillsEverything() {
        String request = Client.chatBody("gpt-4o", "abcd", TEN_TOKENS + STREAM);
        int length = client.post(CHAT, request).body().length();
        client.scenario("{\"cut_after_bytes\":" + (length - 1) + "}");

        String received = received(request);

        assertThat(received).contains("data: [DONE]\n").doesNotContain("data: [DONE]\n\n");
        assertThat(client.lastAttempt().get("fault").textValue()).isEqualTo("cut");
        assertThat(client.lastAttempt().get("output_tokens").intValue()).isEqualTo(10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", STREAM})
    void sparesAnAnswerThatEndsBeforeTheCut(String form) {
        client.scenario("{\"cut_after_bytes\":1000000}");

        HttpResponse<String> response = client.chat("gpt-4o", "hi", TEN_TOKENS + form);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(client.lastAttempt().get("fault").isNull()).isTrue();
    }

    @Test
    void hangsUpBeforeTheFirstByte() {
        client.scenario("{\"cut_after_bytes\":0}");

        assertThat(received(Client.chatBody("gpt-4o", "hi", ""))).isEmpty();
        assertThat(client.lastAttempt().get("status").intValue()).isZero();
        assertThat(client.ledger().at("/totals/calls").intValue()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", STREAM})
    void stallsAndThenGoesOn(String form) {
        client.scenario("{\"stall_after_bytes\":300,\"stall_ms\":150}");

        long startNanos = System.nanoTime();
        HttpResponse<String> response = client.chat("gpt-4o", "hi", TEN_TOKENS + form);

        assertThat(System.nanoTime() - startNanos).isGreaterThan(150_000_000L);
        assertThat(response.body()).contains("completion_tokens\":10");
        assertThat(client.lastAttempt().get("fault").textValue()).isEqualTo("stall");
    }

    @Test
    void breaksOneEventOfAStream() {
        client.scenario("{\"malformed_sse\":true}");

        String body = client.chat("gpt-4o", "hi", TEN_TOKENS + STREAM).body();
        client.chat("gpt-4o", "hi", TEN_TOKENS);

        long broken = body.lines().filter(l -> l.startsWith("data: {") && !l.endsWith("}")).count();
        assertThat(broken).isEqualTo(1);
        assertThat(body).endsWith("data: [DONE]\n\n");
        assertThat(client.ledger().at("/attempts/0/fault").textValue()).isEqualTo("malformed_sse");
        assertThat(client.ledger().at("/attempts/1/fault").isNull()).isTrue();
    }

    @Test
    void keepsQuietAboutUsageButBillsIt() {
        client.scenario("{\"no_usage\":true}");

        assertThat(client.chat("gpt-4o", "hi", TEN_TOKENS).body()).doesNotContain("usage");
        String stream = client.chat("gpt-4o", "hi", TEN_TOKENS + STREAM).body();

        assertThat(Client.events(stream)).allMatch(event -> event.get("usage").isNull());
        assertThat(client.ledger().at("/totals/output_tokens").intValue()).isEqualTo(20);
        assertThat(client.lastAttempt().get("fault").textValue()).isEqualTo("no_usage");
    }

    @Test
    void takesItsTimeExactly() {
        client.scenario("{\"profile\":\"fixed-20ms\",\"latency_factor\":3}");
        client.chat("gpt-4o", "hi", "");

        long startNanos = System.nanoTime();
        client.chat("gpt-4o", "hi", "");

        assertThat(Duration.ofNanos(System.nanoTime() - startNanos))
                .isBetween(Duration.ofMillis(60), Duration.ofMillis(400));
    }

    @Test
    void queuesWhatIsBeyondItsSlots() {
        client.scenario(
                "{\"match\":{\"key\":\"sk-test-1234\"},\"profile\":\"fixed-20ms\",\"slots\":2}");
        long startNanos = System.nanoTime();
        List<CompletableFuture<HttpResponse<String>>> calls =
                IntStream.range(0, 10)
                        .mapToObj(i ->
                                CompletableFuture.supplyAsync(
                                        () -> client.chat("gpt-4o", "q" + i, ""),
                                        Executors.newVirtualThreadPerTaskExecutor()))
                        .toList();

        assertThat(calls).allMatch(call -> call.join().statusCode() == 200);
        assertThat(System.nanoTime() - startNanos).isGreaterThan(5 * 20_000_000L);
    }

    @Test
    void billsWhatWasGeneratedWhenTheCallerLeaves() throws IOException {
        client.scenario("{\"profile\":\"fast-chip\"}");
        String request =
                Client.chatBody(
                        "gpt-4o", "hi", ",\"metadata\":{\"sim_output_tokens\":\"90000\"}" + STREAM);

        try (Socket socket = client.open(CHAT, request)) {
            assertThat(socket.getInputStream().readNBytes(500)).hasSize(500);
        }

        await().until(() -> client.ledger().get("attempts").size() == 1);
        JsonNode attempt = client.lastAttempt();
        assertThat(attempt.get("fault").textValue()).isEqualTo("client_gone");
        assertThat(attempt.get("output_tokens").intValue()).isBetween(1, 89_999);
    }

    @Test
    void listsItsScenarios() {
        client.scenario("{\"match\":{\"model\":\"o1\"},\"fault\":{\"status\":500,\"count\":3}}");
        client.scenario("{\"slots\":2}");

        assertThat(client.send("GET", "/_sim/scenario", "").body())
                .isEqualTo(
                        "{\"scenarios\":[{\"match\":{\"model\":\"o1\"},"
                                + "\"fault\":{\"status\":500,\"count\":3}},{\"slots\":2}]}");
    }

    @Test
    void closesAtOnceThoughCallsWait() {
        Simulator other = new Simulator(SimulatorSettings.defaults("127.0.0.1", 0));
        other.start();
        Client stranger = Client.of(other);
        stranger.scenario("{\"black_hole\":true}");
        CompletableFuture<String> held =
                CompletableFuture.supplyAsync(
                        () -> received(stranger, Client.chatBody("gpt-4o", "hi", "")),
                        Executors.newVirtualThreadPerTaskExecutor());
        await().until(() -> stranger.ledger().get("attempts").size() == 1);

        long startNanos = System.nanoTime();
        other.close();

        assertThat(System.nanoTime() - startNanos).isLessThan(3_000_000_000L);
        assertThat(held.join()).isEmpty();
    }

    private String received(String request) {
        return received(client, request);
    }

    private static String received(Client client, String request) {
        try {
            return client.untilClosed(CHAT, request);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String body(String answer) {
        return answer.substring(answer.indexOf("\r\n\r\n") + 4);
    }

    /** Where the {@code n}th occurrence begins; the first is 1. */
    private static int nth(String text, String part, int n) {
        int at = -1;
        for (int i = 0; i < n; i++) {
            at = text.indexOf(part, at + 1);
        }
        return at;
    }
}

package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/** The request path against a simulated provider, with Kafka away. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GatewayIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private GatewayUnderTest gateway;

    @BeforeAll
    void start(@TempDir Path data) {
        gateway =
                GatewayUnderTest.withTwoDeployments(
                        data,
                        """
                        litellm_settings: {cache: true}
                        router_settings: {num_retries: 2, timeout: 10, disable_cooldowns: true}
                        sluice:
                          http: {max_request_bytes: 200000, body_timeout: 1}
                        """);
        gateway.scenario("{\"match\": {}, \"profile\": \"instant\"}");
    }

    @AfterEach
    void heal() {
        gateway.scenario("{\"match\": {}, \"profile\": \"instant\"}");
    }

    @AfterAll
    void stop() throws Exception {
        gateway.close();
    }

    @Test
    void answersAPlainCallWithItsHeaders() throws Exception {
        HttpResponse<String> answer =
                gateway.post("/v1/chat/completions", chat("gpt-4o", "plain", ""));

        assertThat(answer.statusCode()).isEqualTo(200);
        JsonNode body = JSON.readTree(answer.body());
        assertThat(body.at("/choices/0/message/role").asText()).isEqualTo("assistant");
        assertThat(answer.headers().firstValue("x-litellm-call-id").orElseThrow()).hasSize(36);
        assertThat(answer.headers().firstValue("x-litellm-model-group")).contains("gpt-4o");
        assertThat(answer.headers().firstValue("x-litellm-model-id").orElseThrow()).isIn("a", "b");
        long pico =
                body.at("/usage/prompt_tokens").asLong() * 2_500_000
                        + body.at("/usage/completion_tokens").asLong() * 10_000_000;
        assertThat(
                        new java.math.BigDecimal(
                                        answer.headers()
                                                .firstValue("x-litellm-response-cost")
                                                .orElseThrow())
                                .movePointRight(12))
                .isEqualByComparingTo(java.math.BigDecimal.valueOf(pico));
        assertThat(answer.headers().firstValue("x-litellm-response-duration-ms")).isPresent();
        assertThat(answer.headers().firstValue("x-litellm-overhead-duration-ms")).isPresent();
    }

    @Test
    void servesEveryEndpointWithAndWithoutItsVersion() {
        String completion = "{\"model\": \"single\", \"prompt\": \"Say\", \"max_tokens\": 5}";
        String embedding = "{\"model\": \"embedder\", \"input\": [\"one\", \"two\"]}";

        for (String prefix : List.of("/v1", "")) {
            assertThat(gateway.post(prefix + "/completions", completion).statusCode())
                    .isEqualTo(200);
            assertThat(gateway.post(prefix + "/embeddings", embedding).statusCode()).isEqualTo(200);
            assertThat(gateway.get(prefix + "/models").body()).contains("\"embedder\"");
            assertThat(gateway.get(prefix + "/models/single").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void hidesTheUsageChunkThatTheCallerDidNotAskFor() {
        HttpResponse<String> without =
                gateway.post("/v1/chat/completions", chat("single", "s1", ", \"stream\": true"));
        HttpResponse<String> with =
                gateway.post(
                        "/v1/chat/completions",
                        chat(
                                "single",
                                "s2",
                                ", \"stream\": true, \"stream_options\": {\"include_usage\": true}"));

        assertThat(without.headers().firstValue("content-type").orElseThrow())
                .startsWith("text/event-stream");
        assertThat(without.body()).endsWith("data: [DONE]\n\n").doesNotContain("\"usage\":{");
        assertThat(with.body()).endsWith("data: [DONE]\n\n").contains("\"usage\":{");
    }

    @Test
    void givesAKeptAnswerAgainInEitherForm() throws Exception {
        String plain = chat("single", "kept", "");
        String reordered =
                """
                {"max_tokens":20,"messages":[{"content":"kept","role":"user"}],"model":"single"}\
                """;

        HttpResponse<String> first = gateway.post("/v1/chat/completions", plain);
        HttpResponse<String> second = gateway.post("/v1/chat/completions", reordered);
        HttpResponse<String> streamed =
                gateway.post("/v1/chat/completions", chat("single", "kept", ", \"stream\": true"));

        assertThat(first.headers().firstValue("x-sluice-cache-hit")).isEmpty();
        assertThat(second.body()).isEqualTo(first.body());
        assertThat(second.headers().firstValue("x-sluice-cache-hit")).isPresent();
        assertThat(second.headers().firstValue("x-litellm-response-cost")).contains("0");
        assertThat(textOf(streamed.body()))
                .isEqualTo(JSON.readTree(first.body()).at("/choices/0/message/content").asText());
        assertThat(events(streamed.body()).size()).isGreaterThan(3);
        assertThat(streamed.headers().firstValue("x-sluice-cache-hit")).isPresent();
    }

    @Test
    void givesAKeptStreamAgainAsAPlainAnswer() throws Exception {
        HttpResponse<String> streamed =
                gateway.post("/v1/chat/completions", chat("single", "kept2", ", \"stream\": true"));

        HttpResponse<String> plain =
                gateway.post("/v1/chat/completions", chat("single", "kept2", ""));

        assertThat(plain.headers().firstValue("x-sluice-cache-hit")).isPresent();
        JsonNode body = JSON.readTree(plain.body());
        assertThat(body.at("/choices/0/message/content").asText())
                .isEqualTo(textOf(streamed.body()));
        assertThat(body.at("/usage/completion_tokens").asLong()).isPositive();
    }

    @Test
    void asksTheProviderAgainWhereTheCallerForbidsTheCache() {
        String body = chat("single", "fresh", "");
        gateway.post("/v1/chat/completions", body);

        HttpResponse<String> byHeader =
                gateway.post("/v1/chat/completions", body, "Cache-Control", "no-cache");
        HttpResponse<String> byBody =
                gateway.post(
                        "/v1/chat/completions",
                        chat("single", "fresh", ", \"cache\": {\"no-cache\": true}"));

        assertThat(byHeader.headers().firstValue("x-sluice-cache-hit")).isEmpty();
        assertThat(byBody.headers().firstValue("x-sluice-cache-hit")).isEmpty();
        assertThat(byBody.statusCode()).isEqualTo(200);
    }

    @Test
    void goesToAnotherDeploymentBeforeTheFirstByte() {
        gateway.scenario("{\"match\": {\"deployment\": \"a\"}, \"fault\": {\"status\": 500}}");

        for (int i = 0; i < 10; i++) {
            HttpResponse<String> plain =
                    gateway.post("/v1/chat/completions", chat("gpt-4o", "retry" + i, ""));
            HttpResponse<String> streamed =
                    gateway.post(
                            "/v1/chat/completions",
                            chat("gpt-4o", "retry" + i, ", \"stream\": true, \"seed\": 1"));

            assertThat(plain.headers().firstValue("x-litellm-model-id")).contains("b");
            assertThat(streamed.headers().firstValue("x-litellm-model-id")).contains("b");
            assertThat(streamed.body()).endsWith("data: [DONE]\n\n");
        }
    }

    @Test
    void answersTheFirstErrorWhenEveryDeploymentFails() {
        gateway.scenario("{\"match\": {}, \"fault\": {\"status\": 429, \"retry_after\": 7}}");

        HttpResponse<String> answer =
                gateway.post("/v1/chat/completions", chat("gpt-4o", "limited", ""));

        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.body()).contains("\"error\"");
        assertThat(answer.headers().firstValue("retry-after")).contains("7");
        assertThat(answer.headers().firstValue("x-litellm-call-id")).isPresent();
    }

    @Test
    void tellsTheCallerOfAStreamThatBreaksOff() {
        gateway.scenario("{\"match\": {}, \"fault\": {\"cut_after_bytes\": 700}}");

        HttpResponse<String> answer =
                gateway.post(
                        "/v1/chat/completions",
                        chat("single", "a long tale that is cut", ", \"stream\": true"));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("api_connection_error").doesNotContain("[DONE]");
    }

    @Test
    void stopsTheProviderWhenTheCallerLeaves() throws Exception {
        gateway.scenario("{\"match\": {}, \"profile\": \"gpt-4o\"}");
        String body =
                """
                {"model":"single","stream":true,"metadata":{"sim_output_tokens":"400"},
                 "messages":[{"role":"user","content":"leave me"}]}\
                """;
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
            String request =
                    "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s"
                            .formatted(GatewayUnderTest.KEY, body.length(), body);
            socket.getOutputStream().write(request.getBytes(UTF_8));
            assertThat(socket.getInputStream().readNBytes(200)).hasSize(200);
        }

        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(
                        () -> assertThat(gateway.truth()).contains("\"fault\":\"client_gone\""));
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .untilAsserted(() ->
                        assertThat(gateway.metrics())
                                .contains("litellm_requests_total{status=\"cancelled\"} 1.0")
                                .contains("sluice_requests_in_flight 0.0"));
    }

    @Test
    void a7RefusesAnUnknownModelAndOneWhoseProviderIsNotBuilt() throws Exception {
        HttpResponse<String> unknown =
                gateway.post("/v1/chat/completions", chat("nothing", "x", ""));
        HttpResponse<String> elsewhere =
                gateway.post("/v1/chat/completions", chat("elsewhere", "x", ""));

        assertThat(unknown.statusCode()).isEqualTo(400);
        assertThat(JSON.readTree(unknown.body()).at("/error/message").asText())
                .isEqualTo(
                        "{'error': '/chat/completions: Invalid model name passed in model=nothing."
                                + " Call `/v1/models` to view available models for your key.'}");
        assertThat(elsewhere.statusCode()).isEqualTo(501);
        assertThat(gateway.post("/v1/threads", "{}").statusCode()).isEqualTo(501);
    }

    @Test
    void letsNobodyInWithoutTheKey() {
        String body = chat("single", "x", "");

        HttpResponse<String> wrong =
                gateway.post(
                        "/v1/chat/completions", body, "Authorization", "Bearer sk-wrong-secret");
        HttpResponse<String> basic =
                gateway.post("/v1/chat/completions", body, "Authorization", "Basic abc");
        HttpResponse<String> models =
                gateway.get("/v1/models", "Authorization", "Bearer sk-wrong-secret");
        HttpResponse<String> logs =
                gateway.get("/spend/logs", "Authorization", "Bearer sk-wrong-secret");

        for (HttpResponse<String> refused : List.of(wrong, basic, models, logs)) {
            assertThat(refused.statusCode()).isEqualTo(401);
            assertThat(refused.body())
                    .containsPattern("auth_error|token_not_found_in_db")
                    .doesNotContain("wrong-secret");
            assertThat(refused.headers().firstValue("x-litellm-call-id")).isPresent();
        }
    }

    @Test
    void countsUnderTheNamesThatDashboardsAskFor() {
        gateway.post("/v1/chat/completions", chat("single", "counted", ""));
        gateway.post("/v1/chat/completions", "{");

        assertThat(gateway.metrics())
                .contains("litellm_requests_total{status=\"success\"}")
                .contains("litellm_requests_total{status=\"invalid_request\"}")
                .contains("litellm_request_duration_seconds_bucket{le=")
                .contains("litellm_cache_hits_total")
                .contains("litellm_cache_misses_total")
                .contains("litellm_provider_latency_seconds_sum{provider=\"openai\"}")
                .contains("litellm_provider_latency_seconds_count{provider=\"openai\"}")
                .contains("sluice_journal_pending_events")
                // Accounts, budgets and the fleet's view; Kafka itself once it is noticed.
                .containsPattern("sluice_degraded_parts [34]\\.0");
    }

    private static String chat(String model, String text, String more) {
        return """
        {"model": "%s", "messages": [{"role": "user", "content": "%s"}], "max_tokens": 20%s}\
        """
                .formatted(model, text, more);
    }

    private static List<String> events(String stream) {
        return Arrays.stream(stream.split("\n\n"))
                .filter(event -> event.startsWith("data: {"))
                .map(event -> event.substring("data: ".length()))
                .toList();
    }

    private static String textOf(String stream) throws Exception {
        var text = new StringBuilder();
        for (String event : events(stream)) {
            text.append(JSON.readTree(event).at("/choices/0/delta/content").asText(""));
        }
        return text.toString();
    }
}

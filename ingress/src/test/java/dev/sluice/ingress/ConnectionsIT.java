package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What callers see at the bounds of the connections to providers and of the time for them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ConnectionsIT {

    private static final String MODELS =
            """
              - {model_name: held, litellm_params: {model: openai/m, api_base: PROVIDER/held/v1, api_key: k}}
              - {model_name: proxied, litellm_params: {model: openai/m, api_base: "http://api.provider.test/ok/v1", api_key: k}}
              - {model_name: silent, litellm_params: {model: openai/m, api_base: SILENT/silent/v1, api_key: k, timeout: 1}}
              - {model_name: late, litellm_params: {model: openai/m, api_base: SILENT/silent/v1, api_key: k, stream_timeout: 1}}
              - {model_name: headonly, litellm_params: {model: openai/m, api_base: SILENT/headonly/v1, api_key: k, stream_timeout: 1}}
              - {model_name: onechunk, litellm_params: {model: openai/m, api_base: SILENT/onechunk/v1, api_key: k, stream_timeout: 1}}
              - {model_name: cut, litellm_params: {model: openai/m, api_base: SILENT/onechunk/v1, api_key: k, timeout: 1}}
              - {model_name: unreachable, litellm_params: {model: openai/m, api_base: "http://127.0.0.1:1/v1", api_key: k}}
            general_settings: {connection_pool_size: 2, connection_pool_timeout: 1}
            router_settings: {num_retries: 2, retry_after: 0}
            environment_variables:
              HTTP_PROXY: "http://me:s3cret@127.0.0.1:PROXY"
              NO_PROXY: "other.test"
            """;

    private static final String ANSWER =
            """
            {"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,\
            "message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],\
            "usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}\
            """;
    private static final String CHUNK =
            """
            {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m",\
            "choices":[{"index":0,"delta":{"content":"hi"}}]}\
            """;

    private final CountDownLatch released = new CountDownLatch(1);
    private ScriptedProvider provider;
    private ScriptedProvider silent;
    private ScriptedProvider proxy;
    private GatewayUnderTest gateway;

    @BeforeAll
    void start(@TempDir Path data) throws IOException {
        provider =
                new ScriptedProvider(
                        Map.of(
                                "held",
                                (line, _) -> {
                                    released.await();
                                    line.plainAndStay(ANSWER);
                                }));
        silent =
                new ScriptedProvider(
                        Map.of(
                                "silent",
                                (line, _) -> line.silence(),
                                "headonly",
                                (line, _) -> {
                                    line.streamHead();
                                    line.silence();
                                },
                                "onechunk",
                                (line, _) -> {
                                    line.streamHead();
                                    line.event(CHUNK);
                                    line.silence();
                                }));
        proxy = new ScriptedProvider(Map.of(), (line, _) -> line.plainAndStay(ANSWER));
        gateway =
                GatewayUnderTest.withTwoDeployments(
                        data,
                        MODELS.replace("PROVIDER", provider.url())
                                .replace("SILENT", silent.url())
                                .replace("PROXY\"", proxy.port() + "\""));
    }

    @AfterAll
    void stop() throws IOException {
        released.countDown();
        gateway.close();
        provider.close();
        silent.close();
        proxy.close();
    }

    private HttpResponse<String> call(String model, boolean streams) {
        return gateway.post(
                "/v1/chat/completions",
                "{\"model\":\"%s\",\"stream\":%s,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"
                        .formatted(model, streams));
    }

    private int metric(String line) {
        return gateway.metrics()
                .lines()
                .filter(metric -> metric.startsWith(line))
                .mapToInt(metric ->
                        (int) Double.parseDouble(metric.substring(metric.lastIndexOf(' '))))
                .sum();
    }

    @Test
    void atTheBoundOfThePoolACallWaitsThenFailsAndIsNotTriedAgainThere()
            throws ExecutionException, InterruptedException {
        String origin = "{origin=\"" + provider.url() + "\"";
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<HttpResponse<String>>> busy = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                busy.add(threads.submit(() -> call("held", false)));
            }
            await().atMost(Duration.ofSeconds(20)).until(() -> provider.heads().size() == 2);
            assertThat(metric("sluice_upstream_connections" + origin + ",state=\"in_use\""))
                    .isEqualTo(2);

            long start = System.nanoTime();
            HttpResponse<String> refused = call("held", false);
            Duration took = Duration.ofNanos(System.nanoTime() - start);

            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body())
                    .contains("service_unavailable_error", "All connections to the provider");
            assertThat(took).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
            // A retry in the same line would have been another wait.
            assertThat(metric("sluice_upstream_waits_timed_out_total" + origin)).isEqualTo(1);

            Future<HttpResponse<String>> waiting = threads.submit(() -> call("held", false));
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> metric("sluice_upstream_waiting" + origin) == 1);
            released.countDown();

            assertThat(waiting.get().statusCode()).isEqualTo(200);
            for (Future<HttpResponse<String>> call : busy) {
                assertThat(call.get().statusCode()).isEqualTo(200);
            }
            assertThat(metric("sluice_upstream_connections_opened_total" + origin)).isEqualTo(2);
            assertThat(metric("sluice_upstream_connections" + origin + ",state=\"in_use\""))
                    .isZero();
            assertThat(metric("sluice_upstream_connections" + origin + ",state=\"idle\""))
                    .isEqualTo(2);
        }
    }

    @Test
    void aProviderIsReachedThroughTheConfiguredProxyWhoseKeyNobodySees() {
        HttpResponse<String> answer = call("proxied", false);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(proxy.heads().remove())
                .startsWith("POST http://api.provider.test/ok/v1/chat/completions HTTP/1.1\r\n")
                .contains("Host: api.provider.test\r\n", "Proxy-Authorization: Basic ");
        assertThat(answer.headers().toString() + answer.body() + gateway.metrics())
                .doesNotContain("s3cret");
    }

    @ParameterizedTest
    @CsvSource({
        // timeout: the whole call
        "silent, false, 408, timeout_error",
        "silent, true, 408, timeout_error",
        // stream_timeout: until the head, and until the first event
        "late, true, 408, timeout_error",
        "headonly, true, 408, timeout_error",
        "unreachable, false, 502, api_connection_error",
        "unreachable, true, 502, api_connection_error",
    })
    void beforeTheFirstByteADeadlineIsAStatus(
            String model, boolean streams, int status, String type) {
        HttpResponse<String> answer = call(model, streams);

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.body()).contains("\"type\":\"" + type + "\"");
    }

    @ParameterizedTest
    // Idle between two chunks by stream_timeout; the whole call by timeout.
    @CsvSource({"onechunk", "cut"})
    void amidAStreamADeadlineIsAnErrorEvent(String model) {
        HttpResponse<String> answer = call(model, true);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body())
                .contains("\"content\":\"hi\"", "\"timeout_error\"", "The provider fell silent.");
        assertThat(answer.body().indexOf("hi")).isLessThan(answer.body().indexOf("timeout_error"));
    }

    @Test
    void aProxyThatCannotBeUsedIsRefusedAtStartWithoutItsPassword(@TempDir Path data) {
        assertThatThrownBy(() ->
                        GatewayUnderTest.withTwoDeployments(
                                data,
                                "environment_variables: {HTTPS_PROXY: \"socks5://me:s3cret@p:1\"}"))
                .rootCause()
                .hasMessageContaining("HTTPS_PROXY")
                .hasMessageNotContaining("s3cret");
    }
}

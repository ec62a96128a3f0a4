package dev.sluice.ingress;

import static dev.sluice.ingress.accounts.TestingAccounts.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Calls that wait where a model group is full, through the gateway. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class QueueIT {

    private static final String MODELS =
            """
              - model_name: narrow
                litellm_params: {model: m, api_base: SIMULATOR/d/narrow/v1, api_key: k, max_parallel_requests: 2}
                model_info: {id: narrow}
              - model_name: short
                litellm_params: {model: m, api_base: SIMULATOR/d/short/v1, api_key: k, max_parallel_requests: 1}
                model_info: {id: short}
              - model_name: crowded
                litellm_params: {model: m, api_base: SIMULATOR/d/crowded/v1, api_key: k, max_parallel_requests: 1}
                model_info: {id: crowded}
              - model_name: counted
                litellm_params: {model: m, api_base: SIMULATOR/d/counted/v1, api_key: k, rpm: 1}
                model_info: {id: counted}
              - model_name: spilling
                litellm_params: {model: m, api_base: SIMULATOR/d/spilling/v1, api_key: k, max_parallel_requests: 1}
                model_info: {id: spilling}
              - model_name: reserve
                litellm_params: {model: m, api_base: SIMULATOR/d/reserve/v1, api_key: k, max_parallel_requests: 1}
                model_info: {id: reserve}
              - model_name: upper
                litellm_params: {model: m, api_base: SIMULATOR/d/upper/v1, api_key: k, max_parallel_requests: 1}
                model_info: {id: upper}
              - model_name: lower
                litellm_params: {model: m, api_base: SIMULATOR/d/lower/v1, api_key: k, max_parallel_requests: 1}
                model_info: {id: lower}
              - model_name: failing
                litellm_params: {model: m, api_base: SIMULATOR/d/failing/v1, api_key: k, max_parallel_requests: 1}
                model_info: {id: failing}
              - model_name: w/*
                litellm_params: {model: openai/*, api_base: SIMULATOR/d/wild/v1, api_key: k, max_parallel_requests: 1}
                model_info: {id: wild}
            router_settings:
              fallbacks: [{spilling: [reserve]}, {upper: [lower]}]
            sluice: {queue: {max_waiting: 18, timeout: 8}}
            """;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private GatewayUnderTest gateway;

    @BeforeAll
    void start(@TempDir Path data) {
        gateway = GatewayUnderTest.withTwoDeployments(data, MODELS);
        gateway.scenario("{\"match\": {}, \"profile\": \"instant\"}");
        takes("narrow", 3);
        takes("short", 15);
        takes("crowded", 3);
        takes("spilling", 6);
        takes("reserve", 6);
        takes("wild", 3);
        gateway.apply(key("sk-crowd").build(), key("sk-single").build());
    }

    @AfterAll
    void stop() throws Exception {
        threads.shutdownNow();
        gateway.close();
    }

    @Test
    void twentyCallersOfTwoPlacesAreAllServedAndTheirKeysInTurns() throws Exception {
        List<String> served = Collections.synchronizedList(new ArrayList<>());
        List<Future<HttpResponse<String>>> calls = new ArrayList<>();
        for (int i = 0; i < 14; i++) {
            calls.add(start("narrow", "sk-crowd", served));
        }
        await().until(() -> waiting("narrow") >= 9);
        for (int i = 0; i < 6; i++) {
            calls.add(start("narrow", "sk-single", served));
        }
        for (Future<HttpResponse<String>> call : calls) {
            assertThat(call.get().statusCode()).isEqualTo(200);
        }
        // Two were being served, and a few more may have been before the second key came.
        int first = served.indexOf("sk-single");
        assertThat(first).isLessThan(8);
        assertThat(served.subList(first, first + 10).stream().filter("sk-single"::equals))
                .as("of ten after that, in %s", served)
                .hasSizeGreaterThanOrEqualTo(4);
        assertThat(waiting("narrow")).isZero();
        assertThat(gateway.metrics()).contains("sluice_queue_wait_seconds_count");
    }

    @Test
    void whoFindsTheQueueFullIsToldWhenToComeAgain() throws Exception {
        List<Future<HttpResponse<String>>> calls = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            calls.add(start("crowded", GatewayUnderTest.KEY, new ArrayList<>()));
        }
        List<HttpResponse<String>> refused = new ArrayList<>();
        int served = 0;
        for (Future<HttpResponse<String>> call : calls) {
            HttpResponse<String> answer = call.get();
            if (answer.statusCode() == 200) {
                served++;
            } else {
                refused.add(answer);
            }
        }
        assertThat(served).isBetween(15, 20);
        assertThat(refused)
                .isNotEmpty()
                .allSatisfy(answer -> {
                    assertThat(answer.statusCode()).isEqualTo(429);
                    assertThat(Integer.parseInt(header(answer, "retry-after"))).isBetween(1, 60);
                    assertThat(answer.body())
                            .contains("\"error\"")
                            .contains("rate_limit_error")
                            .contains("No deployments available for selected model, Try again in ")
                            .contains("Passed model=crowded");
                });
        assertThat(gateway.metrics())
                .containsPattern(
                        "sluice_queue_refused_total\\{model_group=\"crowded\",reason=\"full\"} [1-9]");
    }

    @Test
    void whoHasLittleTimeIsRefusedBeforeItIsOver() throws Exception {
        Future<HttpResponse<String>> first =
                start("short", GatewayUnderTest.KEY, new ArrayList<>());
        await().until(() -> gateway.metrics().contains("sluice_requests_in_flight 1"));
        long before = System.nanoTime();
        HttpResponse<String> refused =
                gateway.post(
                        "/v1/chat/completions",
                        body("short").replace("{\"model", "{\"timeout\":0.3,\"model"));

        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(Integer.parseInt(header(refused, "retry-after"))).isGreaterThanOrEqualTo(1);
        assertThat(Duration.ofNanos(System.nanoTime() - before))
                .isBetween(Duration.ofMillis(250), Duration.ofMillis(1_200));
        assertThat(first.get().statusCode()).isEqualTo(200);
    }

    @Test
    void aMinuteThatIsUsedUpIsNotWaitedFor() {
        assertThat(gateway.post("/v1/chat/completions", body("counted")).statusCode())
                .isEqualTo(200);
        long before = System.nanoTime();
        HttpResponse<String> refused = gateway.post("/v1/chat/completions", body("counted"));

        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(Integer.parseInt(header(refused, "retry-after"))).isBetween(50, 60);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(2));
    }

    @Test
    void aStandInThatHasRoomIsBetterThanWaitingAndWaitingBetterThanNone() throws Exception {
        List<Future<HttpResponse<String>>> calls = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            calls.add(start("spilling", GatewayUnderTest.KEY, new ArrayList<>()));
            int open = i + 1;
            await().until(() -> gateway.metrics().contains("sluice_requests_in_flight " + open));
        }
        assertThat(served(calls.get(0))).isEqualTo("spilling");
        assertThat(served(calls.get(1))).isEqualTo("reserve");
        assertThat(served(calls.get(2))).as("waits for what was asked for").isEqualTo("spilling");
    }

    /** Who waits for a group that stays full must not stand in the way of those of its stand-in. */
    @Test
    void whoWaitsForOneGroupDoesNotHoldUpItsStandIns() throws Exception {
        takes("upper", 60);
        takes("lower", 15);
        List<Future<HttpResponse<String>>> calls = new ArrayList<>();
        for (String model : List.of("upper", "lower", "upper", "lower")) {
            calls.add(start(model, GatewayUnderTest.KEY, new ArrayList<>()));
            int open = calls.size();
            await().until(() -> gateway.metrics().contains("sluice_requests_in_flight " + open));
        }
        await().until(() -> waiting("upper") == 1 && waiting("lower") == 1);

        assertThat(served(calls.get(1))).isEqualTo("lower");
        assertThat(served(calls.get(3))).isEqualTo("lower");
        assertThat(calls.get(0).isDone()).as("upper is still full").isFalse();
        assertThat(served(calls.get(2))).isEqualTo("upper");
    }

    @Test
    void whatFailsAfterItHasWaitedIsToldAsItFailed() throws Exception {
        takes("failing", 15);
        var first = start("failing", GatewayUnderTest.KEY, new ArrayList<>());
        await().until(() -> gateway.metrics().contains("sluice_requests_in_flight 1"));
        var second = start("failing", GatewayUnderTest.KEY, new ArrayList<>());
        await().until(() -> waiting("failing") == 1);
        gateway.scenario(
                "{\"match\": {\"deployment\": \"failing\"}, \"profile\": \"instant\","
                        + " \"fault\": {\"status\": 400, \"message\": \"so it is\"}}");

        assertThat(first.get().statusCode()).isEqualTo(200);
        assertThat(second.get().statusCode()).isEqualTo(400);
        assertThat(second.get().body()).contains("so it is");
    }

    @Test
    void namesOfAPatternShareItsQueue() throws Exception {
        List<Future<HttpResponse<String>>> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            calls.add(start("w/model" + i, GatewayUnderTest.KEY, new ArrayList<>()));
        }
        await().until(() -> waiting("w/*") == 3);
        for (Future<HttpResponse<String>> call : calls) {
            assertThat(served(call)).isEqualTo("wild");
        }
    }

    @Test
    void whoWaitsWhenTheGatewayStopsIsToldSoAtOnce(@TempDir Path data) throws Exception {
        try (var stopping = GatewayUnderTest.withTwoDeployments(data, MODELS)) {
            stopping.scenario(
                    "{\"match\": {}, \"profile\": \"fixed-100ms\", \"latency_factor\": 20}");
            Future<HttpResponse<String>> open =
                    threads.submit(() -> stopping.post("/v1/chat/completions", body("short")));
            await().until(() -> stopping.metrics().contains("sluice_requests_in_flight 1"));
            Future<HttpResponse<String>> waiting =
                    threads.submit(() -> stopping.post("/v1/chat/completions", body("short")));
            await().until(() -> waiting(stopping, "short") == 1);
            long before = System.nanoTime();
            Future<?> draining = threads.submit(() -> stopping.drain(Duration.ofSeconds(5)));

            assertThat(waiting.get().statusCode()).isEqualTo(503);
            assertThat(Duration.ofNanos(System.nanoTime() - before))
                    .isLessThan(Duration.ofSeconds(1));
            assertThat(open.get().statusCode()).isEqualTo(200);
            draining.get();
        }
    }

    @ParameterizedTest
    @CsvSource({"wait, 2", "spill, 0"})
    void onlyWhereItIsAskedForCallsWaitForWhatIsLearned(
            String mode, int waiting, @TempDir Path data) throws Exception {
        String config =
                """
                  - model_name: learned
                    litellm_params: {model: m, api_base: SIMULATOR/d/learned/v1, api_key: k}
                    model_info: {id: learned}
                router_settings: {num_retries: 0, disable_cooldowns: true}
                sluice: {queue: {adaptive_concurrency: %s}}
                """
                        .formatted(mode);
        try (var learning = GatewayUnderTest.withTwoDeployments(data, config)) {
            learning.scenario(
                    "{\"match\": {}, \"profile\": \"instant\","
                            + " \"fault\": {\"status\": 429, \"count\": 1}}");
            assertThat(learning.post("/v1/chat/completions", body("learned")).statusCode())
                    .isEqualTo(429);
            assertThat(learning.metrics())
                    .contains("sluice_deployment_concurrency_limit{deployment=\"learned\"} 4");
            learning.scenario(
                    "{\"match\": {}, \"profile\": \"fixed-100ms\", \"latency_factor\": 10}");
            List<Future<HttpResponse<String>>> calls = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                calls.add(
                        threads.submit(
                                () -> learning.post("/v1/chat/completions", body("learned"))));
            }
            await().until(() -> learning.metrics().contains("sluice_requests_in_flight 6"));
            await().until(() -> waiting(learning, "learned") == waiting);

            for (Future<HttpResponse<String>> call : calls) {
                assertThat(call.get().statusCode()).isEqualTo(200);
            }
        }
    }

    private void takes(String deployment, int tenthsOfASecond) {
        gateway.scenario(
                ("{\"match\": {\"deployment\": \"%s\"}, \"profile\": \"fixed-100ms\","
                                + " \"latency_factor\": %d}")
                        .formatted(deployment, tenthsOfASecond));
    }

    private Future<HttpResponse<String>> start(String model, String key, List<String> served) {
        return threads.submit(() -> {
            HttpResponse<String> answer =
                    gateway.post(
                            "/v1/chat/completions", body(model), "Authorization", "Bearer " + key);
            served.add(key);
            return answer;
        });
    }

    private static String served(Future<HttpResponse<String>> call) throws Exception {
        return header(call.get(), "x-litellm-model-id");
    }

    private int waiting(String group) {
        return waiting(gateway, group);
    }

    private static int waiting(GatewayUnderTest gateway, String group) {
        String gauge = "sluice_queue_waiting{model_group=\"%s\"} ".formatted(group);
        return gateway.metrics()
                .lines()
                .filter(line -> line.startsWith(gauge))
                .mapToInt(line -> (int) Double.parseDouble(line.substring(gauge.length())))
                .findFirst()
                .orElse(-1);
    }

    private static String body(String model) {
        return "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"
                .formatted(model);
    }

    private static String header(HttpResponse<String> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }
}

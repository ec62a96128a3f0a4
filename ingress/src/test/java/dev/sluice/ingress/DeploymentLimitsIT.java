package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/** What deployments may get, through the gateway, where nobody waits for more. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeploymentLimitsIT {

    private static final String MODELS =
            """
              - model_name: counted
                litellm_params: {model: m, api_base: SIMULATOR/d/three/v1, api_key: k, rpm: 3}
                model_info: {id: three}
              - model_name: counted
                litellm_params: {model: m, api_base: SIMULATOR/d/two/v1, api_key: k, rpm: 2}
                model_info: {id: two}
              - model_name: metered
                litellm_params: {model: m, api_base: SIMULATOR/d/metered/v1, api_key: k, tpm: 1000}
                model_info: {id: metered}
              - model_name: narrow
                litellm_params: {model: m, api_base: SIMULATOR/d/one/v1, api_key: k, max_parallel_requests: 1}
                model_info: {id: one}
              - model_name: narrow
                litellm_params: {model: m, api_base: SIMULATOR/d/usual/v1, api_key: k}
                model_info: {id: usual}
              - model_name: spilling
                litellm_params: {model: m, api_base: SIMULATOR/d/drop/v1, api_key: k, rpm: 1}
                model_info: {id: drop}
              - model_name: failing
                litellm_params: {model: m, api_base: SIMULATOR/d/failing/v1, api_key: k, max_parallel_requests: 1}
                model_info: {id: failing}
            router_settings:
              default_max_parallel_requests: 2
              rpm_limit: 60
              fallbacks: [{spilling: [single]}]
            sluice: {queue: {max_waiting: 0}}
            """;

    private GatewayUnderTest gateway;

    @BeforeAll
    void start(@TempDir Path data) {
        gateway = GatewayUnderTest.withTwoDeployments(data, MODELS);
        gateway.scenario("{\"match\": {}, \"profile\": \"instant\"}");
    }

    @AfterAll
    void stop() throws Exception {
        gateway.close();
    }

    @Test
    void servesAsManyRequestsAMinuteAsAllDeploymentsTakeAndThenSaysWhenToComeAgain() {
        List<String> served = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            HttpResponse<String> answer = chat("counted", "");
            assertThat(answer.statusCode()).isEqualTo(200);
            served.add(header(answer, "x-litellm-model-id"));
        }
        assertThat(served).containsExactlyInAnyOrder("three", "three", "three", "two", "two");

        HttpResponse<String> refused = chat("counted", "");

        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(Integer.parseInt(header(refused, "retry-after"))).isBetween(50, 60);
        assertThat(refused.body())
                .contains("No deployments available for selected model, Try again in ")
                .contains("Passed model=counted");
    }

    @Test
    void countsTokensOfCallsThatEnded() {
        // 500 tokens of output are expected before anything is known; what was too much is freed.
        for (int i = 0; i < 3; i++) {
            assertThat(chat("metered", "\"max_tokens\": 10,").statusCode()).isEqualTo(200);
        }
        HttpResponse<String> refused =
                gateway.post(
                        "/v1/chat/completions",
                        "{\"model\":\"metered\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
                                .formatted("word ".repeat(2_000)));

        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.body()).contains("No deployments available");
        assertThat(chat("metered", "\"max_tokens\": 10,").statusCode())
                .as("a refused call consumes nothing")
                .isEqualTo(200);
    }

    @Test
    void lendsNoDeploymentMoreOpenCallsThanItTakes() throws Exception {
        for (String id : List.of("one", "usual")) {
            gateway.scenario(
                    ("{\"match\": {\"deployment\": \"%s\"}, \"profile\": \"fixed-100ms\","
                                    + " \"latency_factor\": 20}")
                            .formatted(id));
        }
        List<HttpResponse<String>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<HttpResponse<String>>> calls =
                    Stream.generate(() -> threads.submit(() -> chat("narrow", "")))
                            .limit(8)
                            .toList();
            for (Future<HttpResponse<String>> call : calls) {
                answers.add(call.get());
            }
        }
        List<String> served =
                answers.stream()
                        .filter(answer -> answer.statusCode() == 200)
                        .map(answer -> header(answer, "x-litellm-model-id"))
                        .toList();

        assertThat(served).containsExactlyInAnyOrder("one", "usual", "usual");
        assertThat(answers)
                .filteredOn(answer -> answer.statusCode() != 200)
                .hasSize(5)
                .allSatisfy(answer -> {
                    assertThat(answer.statusCode()).isEqualTo(429);
                    assertThat(header(answer, "retry-after")).isNotEmpty();
                });
        await().until(() -> chat("narrow", "").statusCode() == 200);
    }

    @Test
    void aStandInServesWhereAllAreFull() {
        assertThat(header(chat("spilling", ""), "x-litellm-model-id")).isEqualTo("drop");
        assertThat(header(chat("spilling", ""), "x-litellm-model-id")).isEqualTo("single");
    }

    @Test
    void everyEndGivesThePlaceBack() {
        for (String fault :
                List.of(
                        "\"status\": 500",
                        "\"status\": 400",
                        "\"status\": 429, \"retry_after\": 1")) {
            gateway.scenario(
                    ("{\"match\": {\"deployment\": \"failing\"}, \"profile\": \"instant\","
                                    + " \"fault\": {%s, \"count\": 2}}")
                            .formatted(fault));
            for (int i = 0; i < 2; i++) {
                assertThat(chat("failing", "\"num_retries\": 0,").statusCode()).isNotEqualTo(200);
            }
            assertThat(chat("failing", "\"stream\": true,").statusCode()).isEqualTo(200);
            assertThat(chat("failing", "").statusCode()).isEqualTo(200);
        }
    }

    private HttpResponse<String> chat(String model, String fields) {
        return gateway.post(
                "/v1/chat/completions",
                "{\"model\":\"%s\",%s\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"
                        .formatted(model, fields));
    }

    private static String header(HttpResponse<String> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }
}

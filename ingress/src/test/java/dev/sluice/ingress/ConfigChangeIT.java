package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;

/** What a changed config must not change, and what it must take away. */
class ConfigChangeIT {

    private static final String CALL =
            """
            {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}\
            """;
    private static final String ONE_OF_MANY =
            """
              - model_name: many
                litellm_params: {model: openai/gpt-4o, api_base: SIMULATOR/v1, api_key: key}
            """;
    private static final int CALLS = 10;

    @TempDir private Path data;

    @Test
    void refillsNoRetryBudget() throws Exception {
        String ten =
                ONE_OF_MANY.repeat(10)
                        + "router_settings: {num_retries: 9, disable_cooldowns: true}\n";
        try (var gateway = GatewayUnderTest.withTwoDeployments(data, ten)) {
            gateway.scenario("{\"match\": {}, \"fault\": {\"status\": 500}}");
            await().atMost(Duration.ofSeconds(60)).until(() -> retries(gateway) < 9);

            long begin = System.nanoTime();
            gateway.change("num_retries: 9", "num_retries: 9, cooldown_time: 7");
            int retries = 0;
            for (int i = 0; i < CALLS; i++) {
                retries += retries(gateway);
            }
            double seconds = (System.nanoTime() - begin) / 1e9;

            assertThat((double) retries)
                    .as("ten a second, and a fifth of the calls")
                    .isLessThanOrEqualTo(10 * seconds + CALLS / 5.0 + 1);
        }
    }

    @Test
    void leavesNothingOfADeploymentThatIsGone() throws Exception {
        try (var gateway = GatewayUnderTest.withTwoDeployments(data, "")) {
            gateway.post("/v1/chat/completions", CALL);
            assertThat(limits(gateway)).contains("deployment=\"a\"").contains("deployment=\"b\"");

            gateway.change("info: {id: a}", "info: {id: c}");
            assertThat(limits(gateway)).contains("deployment=\"c\"").doesNotContain("\"a\"");
            assertThat(gateway.post("/v1/chat/completions", CALL).statusCode()).isEqualTo(200);

            gateway.change("info: {id: b}", "info: {id: b}");
            assertThat(limits(gateway)).contains("deployment=\"a\"").doesNotContain("NaN");
        }
    }

    private static int retries(GatewayUnderTest gateway) {
        HttpResponse<String> answer =
                gateway.post("/v1/chat/completions", CALL.replace("gpt-4o", "many"));
        assertThat(answer.statusCode()).isEqualTo(500);
        return Integer.parseInt(
                answer.headers().firstValue("x-litellm-attempted-retries").orElse("-1"));
    }

    private static String limits(GatewayUnderTest gateway) {
        return String.join(
                "\n",
                gateway.metrics()
                        .lines()
                        .filter(line -> line.startsWith("sluice_deployment_concurrency_limit{"))
                        .toList());
    }
}

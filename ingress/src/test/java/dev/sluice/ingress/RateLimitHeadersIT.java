package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ingress.ScriptedProvider.Script;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Map;

/** A provider that says that it has nothing left is asked after the others. */
class RateLimitHeadersIT {

    private static final String MODELS =
            """
              - model_name: pair
                litellm_params: {model: m, api_base: PROVIDER/spent/v1, api_key: k}
                model_info: {id: spent}
              - model_name: pair
                litellm_params: {model: m, api_base: PROVIDER/plenty/v1, api_key: k}
                model_info: {id: plenty}
              - model_name: alone
                litellm_params: {model: m, api_base: PROVIDER/alone/spent/v1, api_key: k}
                model_info: {id: alone}
            router_settings: {routing_strategy: adaptive}
            """;

    private static final String ANSWER =
            """
            {"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,\
            "message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],\
            "usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}\
            """;
    private static final String SPENT =
            """
            x-ratelimit-limit-requests: 60\r
            x-ratelimit-remaining-requests: 0\r
            x-ratelimit-reset-requests: 10m0s\r
            """;

    @Test
    void isLeftAloneAfterItsFirstAnswerButServesWhereThereIsNoOther(@TempDir Path data)
            throws Exception {
        Script spent = (line, _) -> line.plainAndStay(SPENT, ANSWER);
        try (var provider =
                        new ScriptedProvider(
                                Map.of("spent", spent, "alone", spent),
                                (line, _) -> line.plainAndStay(ANSWER));
                var gateway =
                        GatewayUnderTest.withTwoDeployments(
                                data, MODELS.replace("PROVIDER", provider.url()))) {
            for (int i = 0; i < 30; i++) {
                assertThat(status(gateway, "pair")).isEqualTo(200);
                assertThat(status(gateway, "alone")).isEqualTo(200);
            }

            assertThat(provider.heads())
                    .filteredOn(head -> head.startsWith("POST /spent/"))
                    .hasSize(1);
            assertThat(provider.heads())
                    .filteredOn(head -> head.startsWith("POST /plenty/"))
                    .hasSize(29);
        }
    }

    private static int status(GatewayUnderTest gateway, String model) {
        return gateway.post(
                        "/v1/chat/completions",
                        "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"
                                .formatted(model))
                .statusCode();
    }
}

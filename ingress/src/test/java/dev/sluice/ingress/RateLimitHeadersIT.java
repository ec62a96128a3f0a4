package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

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

    @Test
    void isLeftAloneAfterItsFirstAnswerButServesWhereThereIsNoOther(@TempDir Path data)
            throws Exception {
        try (var provider = new ScriptedProvider();
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

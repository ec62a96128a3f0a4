package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.schemas.config.ConfigReader;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.InvalidConfigException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RestartTest {

    private static final String BEFORE = "sluice: {region: us-east}";

    private static GatewayConfig config(String yaml) throws InvalidConfigException {
        return ConfigReader.parse("config.yaml", yaml);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sluice: {region: eu-west}",
                "sluice: {region: us-east, region_distances: {us-east: {eu-west: 80}}}",
                "sluice: {region: us-east, hedging: {enabled: true}}",
                "sluice: {region: us-east, prices: {file: prices.yaml}}",
                "sluice: {region: us-east, pass_through: [{provider: openai, paths: [/v1/x], api_key: k}]}",
                "{sluice: {region: us-east}, router_settings: {num_retries: 7, timeout: 3}}",
                "{sluice: {region: us-east}, general_settings: {enforce_user_param: true}}"
            })
    void saysNothingOfWhatHoldsAtOnce(String after) throws Exception {
        assertThat(Restart.blocks(config(BEFORE), config(after))).isEmpty();
    }

    @Test
    void namesWhatHoldsOnlyFromTheNextStart() throws Exception {
        GatewayConfig after =
                config(
                        """
                        sluice:
                          region: us-east
                          instance_id: other
                          queue: {max_waiting: 1}
                          http: {max_connections: 7}
                          decisions: {sample_rate: 1}
                          journal: {max_bytes: 123456789}
                        general_settings:
                          connection_pool_size: 3
                          max_request_size_mb: 1
                          database_connection_pool_limit: 3
                        litellm_settings:
                          budget_duration: 1d
                          default_team_params: {tpm_limit: 3}
                        """);

        assertThat(Restart.blocks(config(BEFORE), after))
                .containsExactlyInAnyOrder(
                        "sluice.instance_id",
                        "sluice.queue",
                        "sluice.http",
                        "sluice.decisions",
                        "sluice.journal",
                        "general_settings.connection_pool_size",
                        "general_settings.max_request_size_mb",
                        "the connections of general_settings.database_url",
                        "litellm_settings.budget_duration, as budgets are counted",
                        "the defaults and bounds of new keys, users and teams in"
                                + " litellm_settings");
        assertThat(Restart.blocks(after, after)).isEmpty();
    }
}

package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.GatewayConfig.ModelEntry;

import org.junit.jupiter.api.Test;

class DemoConfigTest {

    @Test
    void offersTwoDeploymentsOfOneGroupAndCallsNobodyButTheSimulator() {
        GatewayConfig config = DemoConfig.of(4010);

        assertThat(config.modelList())
                .extracting(ModelEntry::modelName)
                .containsExactly("gpt-4o", "gpt-4o", "gpt-4o-mini", "text-embedding-3-small");
        assertThat(config.modelList())
                .allSatisfy(entry ->
                        assertThat(entry.apiBase())
                                .isNotNull()
                                .extracting(base -> base.raw())
                                .asString()
                                .startsWith("http://127.0.0.1:4010/d/"));
    }

    @Test
    void saysNothingThatHasNoEffect() {
        assertThat(DemoConfig.of(1).notices()).isEmpty();
    }
}

package dev.sluice.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.schemas.config.ConfigReader;
import dev.sluice.schemas.config.GatewayConfig.ModelEntry;
import dev.sluice.schemas.config.InvalidConfigException;
import dev.sluice.schemas.events.Usage;

import org.junit.jupiter.api.Test;

class PriceOverrideTest {

    private static final Usage INPUT = Usage.of(1, 0);
    private static final Usage CACHED = new Usage(0, 1, 0, 0, 0, 0, 0, 0, 0);
    private static final Usage OUTPUT = Usage.of(0, 1);
    private static final Usage REASONING = new Usage(0, 0, 0, 0, 0, 1, 0, 0, 0);

    private final PriceBook book = PriceBook.bundled();
    private final Price gpt5 = book.find("openai", "gpt-5").orElseThrow();

    @Test
    void changesOneClassAndLeavesTheOthersToTheBook() throws InvalidConfigException {
        Price price = override("cache_read_input_token_cost: 0.0000005", "").over(gpt5);

        assertThat(price.cost(CACHED)).isEqualTo(500_000);
        assertThat(price.cost(INPUT)).isEqualTo(1_250_000);
        assertThat(price.cost(OUTPUT)).isEqualTo(10_000_000);
        assertThat(price.cost(CACHED, ServiceTier.FLEX)).isEqualTo(500_000);
        assertThat(price.cost(INPUT, ServiceTier.FLEX)).isEqualTo(625_000);
        assertThat(price.version()).isEqualTo("custom/-/-/0.0000005 over sluice/2026-06-26");
    }

    @Test
    void aPriceOfInputTakesThePlaceOfItsDiscountsAndTiers() throws InvalidConfigException {
        Price price = override("input_cost_per_token: 0.000003", "").over(gpt5);

        assertThat(price.cost(INPUT)).isEqualTo(3_000_000);
        assertThat(price.cost(CACHED)).isEqualTo(3_000_000);
        assertThat(price.cost(INPUT, ServiceTier.FLEX)).isEqualTo(3_000_000);
        assertThat(price.cost(OUTPUT)).isEqualTo(10_000_000);
        assertThat(price.cost(OUTPUT, ServiceTier.FLEX)).isEqualTo(5_000_000);

        Price stepped = book.find("openai", "gpt-5.4").orElseThrow();
        assertThat(
                        override("input_cost_per_token: 0.000003", "")
                                .over(stepped)
                                .cost(Usage.of(300_000, 0)))
                .isEqualTo(300_000 * 3_000_000L);
    }

    @Test
    void takesEveryClassFromEitherBlockAndTheCallsBlockFirst() throws InvalidConfigException {
        PriceOverride override =
                override(
                        "input_cost_per_token: 1e-6, output_cost_per_token: 2e-6,"
                                + " cache_creation_input_token_cost: 3e-6,"
                                + " cache_creation_input_token_cost_above_1hr: 4e-6,"
                                + " output_cost_per_reasoning_token: 5e-6",
                        "input_cost_per_token: 9, input_cost_per_audio_token: 6e-6,"
                                + " output_cost_per_audio_token: 7e-6,"
                                + " input_cost_per_image_token: 8e-6");
        Price price = override.over(null);

        assertThat(price.cost(new Usage(1, 10, 100, 1000, 10_000, 100_000, 7, 70, 700)))
                .isEqualTo(
                        1_000_000L
                                + 10_000_000
                                + 300_000_000
                                + 4_000_000_000L
                                + 20_000_000_000L
                                + 500_000_000_000L
                                + 42_000_000
                                + 490_000_000
                                + 5_600_000_000L);
        assertThat(override.takenAsFree(null)).isNull();
        assertThat(price.version())
                .startsWith("custom/0.000001/0.000002/-/cache_write_5m=0.000003/")
                .endsWith("/image=0.000008");
    }

    @Test
    void tellsWhatIsTakenAsFreeBecauseNobodyKnowsItsPrice() throws InvalidConfigException {
        PriceOverride input = override("input_cost_per_token: 1e-6", "");
        PriceOverride output = override("output_cost_per_token: 1e-6", "");
        PriceOverride cached = override("cache_read_input_token_cost: 1e-6", "");

        assertThat(input.takenAsFree(null)).isEqualTo("output");
        assertThat(input.over(null).cost(OUTPUT)).isZero();
        assertThat(input.over(null).cost(REASONING)).isZero();
        assertThat(input.takenAsFree(gpt5)).isNull();
        assertThat(output.takenAsFree(null)).isEqualTo("input");
        assertThat(cached.isUsable(null)).isFalse();
        assertThat(cached.takenAsFree(null)).isNull();
        assertThatThrownBy(() -> cached.over(null)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void statesNothingWhereTheConfigStatesNothing() throws InvalidConfigException {
        PriceOverride none = override("", "");

        assertThat(none.isEmpty()).isTrue();
        assertThat(none.over(gpt5)).isSameAs(gpt5);
        assertThat(none.isUsable(null)).isFalse();
    }

    private static PriceOverride override(String params, String info)
            throws InvalidConfigException {
        String config =
                """
                model_list:
                  - model_name: m
                    litellm_params: {model: openai/gpt-5, %s}
                    model_info: {%s}
                """
                        .formatted(params, info);
        ModelEntry entry = ConfigReader.parse("config.yaml", config).modelList().getFirst();
        return PriceOverride.of(entry.params().prices(), entry.info().prices());
    }
}

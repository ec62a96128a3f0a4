package dev.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PricesTest {

    @ParameterizedTest
    @CsvSource({
        // (1000 - 0) * 2.5 + 100 * 10 = 3,500 millionths of a dollar
        "gpt-4o, 1000, 0, 100, 3500000000",
        // (2000 - 1024) * 2.5 + 1024 * 1.25 + 7 * 10 = 2440 + 1280 + 70
        "gpt-4o, 2000, 1024, 7, 3790000000",
        // (2000 - 1024) * 0.15 + 1024 * 0.075 + 7 * 0.6 = 146.4 + 76.8 + 4.2
        "gpt-4o-mini, 2000, 1024, 7, 227400000",
        // (1200 - 1152) * 2 + 1152 * 0.5 + 10 * 8 = 96 + 576 + 80
        "gpt-4.1, 1200, 1152, 10, 752000000",
        "gpt-5-nano, 1200, 1152, 1, 8560000",
        "text-embedding-3-small, 3, 0, 0, 60000",
        "text-embedding-3-large, 1, 0, 0, 130000",
        "text-embedding-ada-002, 1, 0, 0, 100000",
        "some-other-model, 10, 0, 10, 30000000",
        "gpt-4o, 0, 0, 0, 0"
    })
    void billsInWholePicodollars(String model, long input, long cached, long output, long pico) {
        assertThat(Prices.of(model).cost(new Usage(input, cached, output))).isEqualTo(pico);
    }

    @Test
    void billsADatedNameAsTheUndatedOneUnlessItHasItsOwnEntry() {
        assertThat(Prices.of("gpt-4o-2024-08-06")).isEqualTo(Prices.of("gpt-4o"));
        assertThat(Prices.of("gpt-4o-2024-05-13").input()).isEqualTo(5_000_000);
        assertThat(Prices.listed("gpt-4o-turbo-max")).isEmpty();
    }

    @Test
    void cachesPromptsOnlyWhereThePriceListDoes() {
        assertThat(Prices.of("gpt-4o").cachesPrompts()).isTrue();
        assertThat(Prices.of("gpt-3.5-turbo").cachesPrompts()).isFalse();
        assertThat(Prices.UNKNOWN.cachesPrompts()).isFalse();
    }
}

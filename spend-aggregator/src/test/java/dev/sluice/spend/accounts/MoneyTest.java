package dev.sluice.spend.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.math.BigDecimal;

class MoneyTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "0e-999999999, 0",
        "1, 1000000000000",
        "0.000000000001, 1",
        "1.50000000000000000000, 1500000000000",
        "1e-12, 1",
        "1E+6, 1000000000000000000",
        "9223372.036854775807, 9223372036854775807",
    })
    void isExactInPicodollars(BigDecimal dollars, long pico) {
        assertThat(Money.pico(dollars)).hasValue(pico);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-1",
                "-1e-12",
                "0.0000000000001",
                "9223372.036854775808",
                "1e7",
                "1e999999999",
                "1e-999999999",
            })
    void refusesWhatALongOfPicodollarsDoesNotHold(BigDecimal dollars) {
        assertThat(Money.pico(dollars)).isEmpty();
    }

    @Test
    void isShownWithoutZeroes() {
        assertThat(Money.dollars(1_500_000_000_000L)).hasToString("1.5");
        assertThat(Money.dollars(0)).hasToString("0");
    }
}

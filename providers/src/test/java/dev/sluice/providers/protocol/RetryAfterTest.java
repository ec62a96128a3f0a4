package dev.sluice.providers.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.Map;

class RetryAfterTest {

    private static long seconds(String name, String value) {
        return RetryAfter.seconds(Map.of(name, value)::get);
    }

    @Test
    void secondsAndMillisecondsAreRoundedUp() {
        assertThat(seconds("retry-after", "7")).isEqualTo(7);
        assertThat(seconds("retry-after", " 1.25 ")).isEqualTo(2);
        assertThat(seconds("retry-after-ms", "1001")).isEqualTo(2);
        assertThat(seconds("retry-after", "-3")).isEqualTo(0);
        assertThat(seconds("retry-after", "999999999")).isEqualTo(86_400);
    }

    @Test
    @Timeout(5)
    void whatIsNoPlainNumberIsNotHeeded() {
        assertThat(seconds("retry-after", "1E-9999999")).isEqualTo(-1);
        assertThat(seconds("retry-after", "Fri, 31 Dec 1999 23:59:59 GMT")).isEqualTo(-1);
        assertThat(seconds("retry-after", "")).isEqualTo(-1);
        assertThat(seconds("other", "1")).isEqualTo(-1);
    }
}

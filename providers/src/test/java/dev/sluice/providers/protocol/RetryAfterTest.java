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
    void millisecondsHoldUnlessTheySayNothing() {
        assertThat(RetryAfter.seconds(Map.of("retry-after-ms", "700", "retry-after", "9")::get))
                .isEqualTo(1);
        assertThat(RetryAfter.seconds(Map.of("retry-after-ms", "0", "retry-after", "1")::get))
                .isEqualTo(1);
        assertThat(RetryAfter.seconds(Map.of("retry-after-ms", "soon", "retry-after", "2")::get))
                .isEqualTo(2);
        assertThat(seconds("retry-after-ms", "0")).isEqualTo(0);
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

package dev.sluice.ingress.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.events.RateLimit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RateLimitHeadersTest {

    /** 2026-01-01T00:00:00Z. */
    private static final long NOW = 1_767_225_600_000L;

    @ParameterizedTest
    @CsvSource({
        "1s, 1000",
        "6m0s, 360000",
        "17ms, 17",
        "1.5s, 1500",
        "1h2m3s, 3723000",
        "1d, 86400000",
        "60, 60000",
        "0, 0",
        "2026-01-01T00:00:30Z, 30000",
        "2025-12-31T23:59:00Z, 0"
    })
    void readsWhenALimitIsFreeAgain(String reset, long millis) {
        RateLimit limit = RateLimitHeaders.limit("59", "60", reset, NOW);

        assertThat(limit).isEqualTo(new RateLimit(59, 60, NOW, NOW + millis));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "soon", "-1s", "1e9", "T", "999d", "2026-13-01T00:00:00Z", "1s1m"})
    void takesAResetThatItCannotReadForUnstated(String reset) {
        RateLimit limit = requireNonNull(RateLimitHeaders.limit("59", "60", reset, NOW));

        assertThat(limit.resetAtMillis()).isEqualTo(RateLimit.UNSTATED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "many", "-1", "1.5", "9999999999999999"})
    void saysNothingWithoutACount(String remaining) {
        assertThat(RateLimitHeaders.limit(remaining, "60", "1s", NOW)).isNull();
    }

    @Test
    void doesWithoutLimitAndReset() {
        assertThat(RateLimitHeaders.limit("5", null, null, NOW))
                .isEqualTo(new RateLimit(5, RateLimit.UNSTATED, NOW, RateLimit.UNSTATED));
    }
}

package dev.sluice.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.schemas.events.RateLimit;

import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.Map;

class RateLimitTest {

    private static final RateLimit WORD = new RateLimit(7, 10, 1_000_000, 1_060_000);

    @Test
    void comesBackFromARecordAsItWent() {
        Map<String, Long> limits = new HashMap<>();
        var bare = new RateLimit(3, RateLimit.UNSTATED, 5, RateLimit.UNSTATED);
        WORD.into(limits, RateLimit.REQUESTS);
        bare.into(limits, RateLimit.TOKENS);

        assertThat(RateLimit.of(limits, RateLimit.REQUESTS)).isEqualTo(WORD);
        assertThat(RateLimit.of(limits, RateLimit.TOKENS)).isEqualTo(bare);
        assertThat(RateLimit.of(limits, "other")).isNull();
        assertThat(RateLimit.of(null, RateLimit.TOKENS)).isNull();
    }

    @Test
    void theNewerIsBelievedAndOfTheSameTimeTheLower() {
        var lower = new RateLimit(5, 10, 1_000_400, 1_060_000);
        var newer = new RateLimit(9, 10, 1_001_000, 1_060_000);

        assertThat(RateLimit.believed(WORD, lower)).isSameAs(lower);
        assertThat(RateLimit.believed(lower, WORD)).isSameAs(lower);
        assertThat(RateLimit.believed(WORD, newer)).isSameAs(newer);
        assertThat(RateLimit.believed(newer, WORD)).isSameAs(newer);
        assertThat(RateLimit.believed(WORD, null)).isSameAs(WORD);
        assertThat(RateLimit.believed(null, WORD)).isSameAs(WORD);
    }
}

package dev.sluice.ingress.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.schemas.config.GatewayConfig.CacheSettings;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

class AnswerCacheTest {

    private static final long SECOND = 1_000;
    private static final byte[] HASH = new byte[32];

    private final AtomicLong now = new AtomicLong();
    private final AnswerCache cache =
            new AnswerCache(
                    new CacheSettings(true, Duration.ofSeconds(60), 100_000),
                    SharedAnswers.NONE,
                    () -> Instant.ofEpochMilli(now.get()));

    @Test
    void givesAnAnswerAgainUntilItsLifeIsOver() {
        AnswerKey key = AnswerKey.of("tenant", "gpt-4o", "", HASH);
        cache.store(key, answer(10, 5 * SECOND));

        now.set(5 * SECOND);
        assertThat(cache.find(key, Long.MAX_VALUE)).isNotNull();
        now.set(5 * SECOND + 1);
        assertThat(cache.find(key, Long.MAX_VALUE)).isNull();
    }

    @Test
    void countsALifeFromWhenTheAnswerWasComplete() {
        AnswerKey key = AnswerKey.of("tenant", "gpt-4o", "", HASH);
        now.set(8 * SECOND);
        cache.store(
                key,
                new CachedAnswer(
                        CachedAnswer.Form.PLAIN,
                        new byte[1],
                        "",
                        "gpt-4o",
                        "a",
                        7,
                        /* tookMicros= */ 8_000_000,
                        /* askedAtMillis= */ 0,
                        5 * SECOND,
                        new CachedAnswer.Labels("gpt-4o", "", List.of())));

        assertThat(cache.find(key, 0)).isNotNull();
        now.set(13 * SECOND);
        assertThat(cache.find(key, Long.MAX_VALUE)).isNotNull();
        assertThat(cache.find(key, 4 * SECOND)).isNull();
        now.set(13 * SECOND + 1);
        assertThat(cache.find(key, Long.MAX_VALUE)).isNull();
    }

    @Test
    void doesNotGiveAnAnswerOlderThanTheCallerWants() {
        AnswerKey key = AnswerKey.of("tenant", "gpt-4o", "", HASH);
        cache.store(key, answer(10, 60 * SECOND));
        now.set(3 * SECOND);

        assertThat(cache.find(key, 2 * SECOND)).isNull();
        assertThat(cache.find(key, 3 * SECOND)).isNotNull();
    }

    @Test
    void neverCrossesTenantsGroupsOrNameSpaces() {
        cache.store(AnswerKey.of("a", "gpt-4o", "", HASH), answer(10, SECOND));

        assertThat(cache.find(AnswerKey.of("b", "gpt-4o", "", HASH), SECOND)).isNull();
        assertThat(cache.find(AnswerKey.of("a", "gpt-4", "o", HASH), SECOND)).isNull();
        assertThat(cache.find(AnswerKey.of("a", "gpt-4o", "x", HASH), SECOND)).isNull();
        assertThat(cache.find(AnswerKey.of("ag", "pt-4o", "", HASH), SECOND)).isNull();
    }

    @Test
    void staysWithinItsBytes() {
        for (int i = 0; i < 1000; i++) {
            byte[] hash = new byte[32];
            hash[0] = (byte) i;
            hash[1] = (byte) (i >>> 8);
            cache.store(AnswerKey.of("t", "g", "", hash), answer(1000, SECOND));
        }

        assertThat(cache.bytes()).isLessThanOrEqualTo(100_000);
        assertThat(cache.entries()).isBetween(1L, 100L);
    }

    @Test
    void keepsNothingThatIsTooLargeOrHasNoLife() {
        AnswerKey key = AnswerKey.of("t", "g", "", HASH);

        cache.store(key, answer(AnswerCache.LARGEST_ANSWER_BYTES + 1, SECOND));
        cache.store(key, answer(10, 0));

        assertThat(cache.find(key, SECOND)).isNull();
    }

    @Test
    void writesAKeyAsSixtyFourHexDigits() {
        assertThat(new AnswerKey(1, -1, 0, 0xab).text())
                .isEqualTo("0000000000000001ffffffffffffffff0000000000000000" + "00000000000000ab");
    }

    private CachedAnswer answer(int bytes, long lifetimeMillis) {
        return new CachedAnswer(
                CachedAnswer.Form.PLAIN,
                new byte[bytes],
                "",
                "gpt-4o",
                "a",
                1,
                1,
                now.get(),
                lifetimeMillis,
                new CachedAnswer.Labels("gpt-4o", "", List.of()));
    }
}

package dev.sluice.ingress.cache;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.cache.AnswerCache.Found;
import dev.sluice.ingress.cache.AnswerCache.Tier;
import dev.sluice.schemas.config.ConfigReader;
import dev.sluice.schemas.config.GatewayConfig.CacheSettings;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** The part in process before one that is shared. */
class TieredCacheTest {

    private static final long ANY_AGE = Long.MAX_VALUE;

    private final AtomicLong now = new AtomicLong(1_000_000);
    private final Shared shared = new Shared();
    private final Set<AnswerKey> invalid = new HashSet<>();
    private boolean isCurrent = true;
    private final Validity validity =
            new Validity() {

                @Override
                public boolean isInvalid(AnswerKey key, CachedAnswer answer) {
                    return invalid.contains(key);
                }

                @Override
                public boolean isCurrent() {
                    return isCurrent;
                }
            };
    private final AnswerCache cache = cache("ttl: 60, default_in_memory_ttl: 10");

    /** What others keep, and how often it was asked for. */
    private static final class Shared implements SharedAnswers {
        final Map<AnswerKey, CachedAnswer> answers = new HashMap<>();
        final List<List<AnswerKey>> asked = new ArrayList<>();

        @Override
        public List<@Nullable CachedAnswer> find(List<AnswerKey> keys, Duration within) {
            asked.add(List.copyOf(keys));
            List<@Nullable CachedAnswer> found = new ArrayList<>();
            keys.forEach(key -> found.add(answers.get(key)));
            return found;
        }

        @Override
        public void store(AnswerKey key, CachedAnswer answer) {
            answers.put(key, answer);
        }

        @Override
        public void remove(List<AnswerKey> keys) {
            keys.forEach(answers::remove);
        }
    }

    private AnswerCache cache(String params) {
        try {
            CacheSettings settings =
                    ConfigReader.parse(
                                    "c",
                                    "litellm_settings: {cache: true, cache_params: {host: h, "
                                            + params
                                            + "}}")
                            .cache();
            return new AnswerCache(
                    settings, shared, validity, () -> Instant.ofEpochMilli(now.get()));
        } catch (dev.sluice.schemas.config.InvalidConfigException e) {
            throw new IllegalArgumentException(e);
        }
    }

    @Test
    void keepsWhatItFoundElsewhere() {
        shared.answers.put(Answers.key(1), Answers.answer("a", now.get()));

        assertThat(tier(cache.find(Answers.key(1), ANY_AGE))).isEqualTo(Tier.SHARED);
        assertThat(tier(cache.find(Answers.key(1), ANY_AGE))).isEqualTo(Tier.PROCESS);
        assertThat(shared.asked).hasSize(1);
    }

    @Test
    void asksForAllThatItLacksAtOnce() {
        for (int i : new int[] {1, 3}) {
            cache.store(Answers.key(i), Answers.answer("near" + i, now.get()));
        }
        shared.answers.clear();
        shared.answers.put(Answers.key(2), Answers.answer("far2", now.get()));

        List<@Nullable Found> found =
                cache.find(
                        List.of(
                                Answers.key(2),
                                Answers.key(1),
                                Answers.key(4),
                                Answers.key(3),
                                Answers.key(2)),
                        ANY_AGE);

        assertThat(found)
                .extracting(one -> one == null ? "" : new String(one.answer().bytes(), UTF_8))
                .containsExactly("far2", "near1", "", "near3", "far2");
        assertThat(shared.asked)
                .containsExactly(List.of(Answers.key(2), Answers.key(4), Answers.key(2)));
    }

    @Test
    void asksElsewhereForAYoungerOneThanItHas() {
        cache.store(Answers.key(1), Answers.answer("old", now.get()));
        now.addAndGet(5000);
        shared.answers.put(Answers.key(1), Answers.answer("young", now.get()));

        Found found = requireNonNull(cache.find(Answers.key(1), 1000));

        assertThat(new String(found.answer().bytes(), UTF_8)).isEqualTo("young");
        shared.answers.clear();
        now.addAndGet(2000);
        assertThat(cache.find(Answers.key(1), 1000)).isNull();
    }

    @Test
    void theCopyInProcessLivesAsLongAsTheConfigSays() {
        cache.store(Answers.key(1), Answers.answer("a", now.get()));
        now.addAndGet(9_000);
        assertThat(tier(cache.find(Answers.key(1), ANY_AGE))).isEqualTo(Tier.PROCESS);

        now.addAndGet(2_000);

        assertThat(tier(cache.find(Answers.key(1), ANY_AGE))).isEqualTo(Tier.SHARED);
        now.addAndGet(60_000);
        assertThat(cache.find(Answers.key(1), ANY_AGE)).as("its life is over").isNull();
    }

    @Test
    void keepsNothingForLongerThanDeclarationsAreKept() {
        cache.store(
                Answers.key(1), Answers.answer("a", now.get(), Duration.ofDays(365).toMillis()));

        assertThat(requireNonNull(shared.answers.get(Answers.key(1))).lifetimeMillis())
                .isEqualTo(AnswerCache.LONGEST_LIFE.toMillis());
    }

    @Test
    void whatIsInvalidIsNotGivenAndRemovedWhereItLies() {
        cache.store(Answers.key(1), Answers.answer("a", now.get()));
        shared.answers.put(Answers.key(2), Answers.answer("b", now.get()));
        invalid.addAll(Set.of(Answers.key(1), Answers.key(2), Answers.key(3)));

        assertThat(cache.find(Answers.key(1), ANY_AGE)).isNull();
        assertThat(cache.find(Answers.key(2), ANY_AGE)).isNull();
        cache.store(Answers.key(3), Answers.answer("late", now.get()));

        assertThat(shared.answers).isEmpty();
        assertThat(cache.entries()).isZero();
    }

    /** What others declared invalid meanwhile is not known here. */
    @Test
    void givesOnlyItsOwnWhileDeclarationsAreNotHeard() {
        cache.store(Answers.key(1), Answers.answer("own", now.get()));
        shared.answers.put(Answers.key(2), Answers.answer("copied", now.get()));
        shared.answers.put(Answers.key(3), Answers.answer("theirs", now.get()));
        assertThat(tier(cache.find(Answers.key(2), ANY_AGE))).isEqualTo(Tier.SHARED);
        shared.asked.clear();

        isCurrent = false;

        assertThat(tier(cache.find(Answers.key(1), ANY_AGE))).isEqualTo(Tier.PROCESS);
        assertThat(cache.find(Answers.key(2), ANY_AGE)).as("a copy").isNull();
        assertThat(cache.near(Answers.key(2), ANY_AGE)).as("a copy").isNull();
        assertThat(cache.find(List.of(Answers.key(3), Answers.key(1)), ANY_AGE))
                .extracting(found -> found == null ? null : found.tier())
                .containsExactly(null, Tier.PROCESS);
        assertThat(shared.asked).as("nobody waits for what is not given").isEmpty();
        isCurrent = true;
        assertThat(tier(cache.find(Answers.key(2), ANY_AGE))).as("kept").isEqualTo(Tier.PROCESS);
    }

    @Test
    void aKeysTextIsTheKey() {
        AnswerKey key = Answers.key(5);

        assertThat(AnswerKey.ofText(key.text())).isEqualTo(key);
        for (String text :
                List.of(
                        "",
                        "a",
                        key.text() + "0",
                        key.text().substring(1) + "g",
                        "-" + key.text().substring(1))) {
            assertThat(AnswerKey.ofText(text)).as(text).isNull();
        }
    }

    private static @Nullable Tier tier(@Nullable Found found) {
        return found == null ? null : found.tier();
    }
}

package dev.sluice.ingress.cache;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.ingress.cache.Invalidations.Reach;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.config.GatewayConfig.CacheSettings;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.events.CacheEvent;
import dev.sluice.schemas.events.CacheEvent.Scope;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** What is given and what is not, by a clock of its own and without Kafka. */
class InvalidationsTest {

    private static final long BEGAN = 1_000_000;
    private static final AnswerKey KEY = Answers.key(1);

    private final AtomicLong now = new AtomicLong(BEGAN);
    private final AtomicLong nanos = new AtomicLong();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Invalidations invalidations =
            new Invalidations(
                    KafkaSettings.of("127.0.0.1:1"),
                    registry,
                    () -> Instant.ofEpochMilli(now.get()),
                    nanos::get);
    private final AnswerCache cache =
            new AnswerCache(
                    new CacheSettings(true, Duration.ofMinutes(10), 100_000),
                    SharedAnswers.NONE,
                    invalidations,
                    () -> Instant.ofEpochMilli(now.get()));

    InvalidationsTest() {
        invalidations.listener(cache::forget);
    }

    @AfterEach
    void close() {
        invalidations.close();
    }

    @Test
    void nothingFromBeforeTheStartIsGivenUntilTheTopicIsRead() {
        assertThat(isInvalid(BEGAN)).isTrue();
        assertThat(isInvalid(BEGAN + 1)).isFalse();

        invalidations.reachedTheEnd();

        assertThat(isInvalid(BEGAN)).isFalse();
    }

    @Test
    void whatTheTopicToldAtTheStartHoldsAsItWasDeclared() {
        now.set(BEGAN + 5000);
        tell(event("1", BEGAN - 500, Scope.MODEL, "group"));
        invalidations.reachedTheEnd();

        assertThat(isInvalid(BEGAN - 500)).isTrue();
        assertThat(isInvalid(BEGAN - 499)).isFalse();
    }

    /** The other's clock is behind: what this one dated in the meantime is meant too. */
    @Test
    void whatIsHeardLiveHoldsUntilNow() {
        invalidations.reachedTheEnd();
        now.set(BEGAN + 3000);

        tell(event("1", BEGAN + 1000, Scope.MODEL, "group"));

        assertThat(isInvalid(BEGAN + 3000)).isTrue();
        assertThat(isInvalid(BEGAN + 3001)).isFalse();
    }

    /** The other's clock is ahead, and so are the dates of its answers. */
    @Test
    void whatIsHeardFromAClockAheadHoldsForItsOwnAnswersToo() {
        invalidations.reachedTheEnd();
        now.set(BEGAN + 1000);

        tell(event("1", BEGAN + 3000, Scope.MODEL, "group"));

        assertThat(isInvalid(BEGAN + 3000)).isTrue();
        assertThat(isInvalid(BEGAN + 3001)).isFalse();
    }

    /** After Kafka was away the topic is read from its beginning. */
    @Test
    void whatIsReadAgainHoldsForWhatItHeldFor() {
        tell(event("1", BEGAN - 500, Scope.MODEL, "group"));
        invalidations.reachedTheEnd();
        now.set(BEGAN + 600_000);

        tell(event("1", BEGAN - 500, Scope.MODEL, "group"));

        assertThat(isInvalid(BEGAN - 500)).isTrue();
        assertThat(isInvalid(BEGAN + 1)).isFalse();
    }

    @Test
    void aDeclarationFromTheFutureHoldsUntilNow() {
        tell(event("1", BEGAN + 1_000_000_000, Scope.ALL, null));
        invalidations.reachedTheEnd();

        assertThat(isInvalid(BEGAN)).isTrue();
        assertThat(isInvalid(BEGAN + 1)).isFalse();
    }

    @Test
    void whatCannotBeReadMeansAll() {
        invalidations.reachedTheEnd();
        byte[] newer = "{\"v\": 2, \"scope\": \"colour\"}".getBytes(UTF_8);
        for (byte[] record : List.of(newer, "rubbish".getBytes(UTF_8), new byte[0])) {
            now.addAndGet(10);
            assertThat(isInvalid(now.get())).isFalse();

            invalidations.apply(record, now.get());

            assertThat(isInvalid(now.get())).isTrue();
        }
        assertThat(registry.get("sluice_cache_unreadable_events").counter().count()).isEqualTo(3);
    }

    @Test
    void aScopeThatIsNotKnownAndATenantsOwnMeanAll() {
        invalidations.reachedTheEnd();
        tell(new CacheEvent("1", Instant.ofEpochMilli(BEGAN), "colour", "red", null, "user:a"));
        assertThat(isInvalid(BEGAN)).isTrue();
        assertThat(isInvalid(BEGAN + 1)).isFalse();

        now.set(BEGAN + 10);
        tell(
                new CacheEvent(
                        "2",
                        Instant.ofEpochMilli(BEGAN + 10),
                        "model",
                        "group",
                        "team:a",
                        "user:a"));

        assertThat(isInvalid(BEGAN + 10)).isTrue();
    }

    @Test
    void whoDeclaresItSelfGoesByItsOwnTime() {
        invalidations.reachedTheEnd();
        cache.store(KEY, Answers.answer("a", BEGAN));
        cache.store(Answers.key(2), Answers.answer("b", BEGAN));
        assertThat(cache.find(KEY, Long.MAX_VALUE)).isNotNull();

        Reach reach = invalidations.declare(Map.of(Scope.KEY, List.of(KEY.text())), "user:a");

        assertThat(reach).as("there is no Kafka").isEqualTo(Reach.HERE);
        assertThat(cache.find(KEY, Long.MAX_VALUE)).isNull();
        assertThat(cache.find(Answers.key(2), Long.MAX_VALUE)).isNotNull();
        now.addAndGet(1);
        cache.store(KEY, Answers.answer("late", BEGAN));
        assertThat(cache.find(KEY, Long.MAX_VALUE)).as("asked for before").isNull();
        cache.store(KEY, Answers.answer("new", BEGAN + 1));
        assertThat(cache.find(KEY, Long.MAX_VALUE)).isNotNull();
    }

    @Test
    void whatIsInvalidLeavesTheProcessAtOnce() {
        invalidations.reachedTheEnd();
        for (int i = 0; i < 10; i++) {
            cache.store(Answers.key(i), Answers.answer("a", BEGAN));
        }
        assertThat(cache.entries()).isEqualTo(10);

        tell(event("1", BEGAN, Scope.TAG, "nightly"));

        assertThat(cache.entries()).isZero();
    }

    /** Each may make its hearers go through everything. */
    @Test
    void tellsOfAllThatWasReadAtOnce() {
        List<Map<Scope, List<String>>> told = new ArrayList<>();
        invalidations.listener(told::add);
        invalidations.reachedTheEnd();
        for (int i = 0; i < 100; i++) {
            byte[] record =
                    Topics.CACHE_EVENTS.codec().encode(event("e" + i, BEGAN, Scope.TAG, "t" + i));
            invalidations.apply(record, now.get());
        }
        invalidations.apply("rubbish".getBytes(UTF_8), now.get());
        invalidations.tell();
        invalidations.tell();

        assertThat(told).hasSize(1);
        assertThat(told.getFirst().get(Scope.TAG)).hasSize(100);
        assertThat(told.getFirst()).containsKey(Scope.ALL);

        List<String> tags = told.getFirst().getOrDefault(Scope.TAG, List.of());
        invalidations.declare(Map.of(Scope.TAG, tags), "user:a");
        assertThat(told).as("one's own too").hasSize(2);
    }

    @Test
    void isCurrentUntilTheTopicWasNotHeardForFiveSeconds() {
        assertThat(invalidations.isCurrent()).isFalse();
        invalidations.reachedTheEnd();
        assertThat(invalidations.isCurrent()).isTrue();
        assertThat(registry.get("sluice_cache_events_current").gauge().value()).isEqualTo(1);

        nanos.addAndGet(Duration.ofSeconds(5).toNanos() + 1);

        assertThat(invalidations.isCurrent()).isFalse();
        assertThat(registry.get("sluice_cache_events_current").gauge().value()).isZero();
    }

    private boolean isInvalid(long asked) {
        return invalidations.isInvalid(KEY, Answers.answer("a", asked));
    }

    private void tell(CacheEvent event) {
        invalidations.apply(Topics.CACHE_EVENTS.codec().encode(event), now.get());
        invalidations.tell();
    }

    private static CacheEvent event(
            String id, long at, Scope scope, @org.jspecify.annotations.Nullable String value) {
        return CacheEvent.of(id, Instant.ofEpochMilli(at), scope, value, "user:a");
    }
}

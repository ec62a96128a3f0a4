package dev.sluice.ingress.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.ingress.cache.FakeServer.Mood;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

class WriteBehindTest {

    private final FakeServer server = new FakeServer();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final AtomicBoolean isThere = new AtomicBoolean(true);
    private final AtomicLong now = new AtomicLong(1000);
    private final WriteBehind writes =
            new WriteBehind(
                    server,
                    new AnswerCodec(null),
                    AnswerKey::text,
                    10,
                    isThere::get,
                    new RedisMetrics(registry),
                    () -> Instant.ofEpochMilli(now.get()));

    @AfterEach
    void close() {
        writes.close();
    }

    @Test
    void holdsSoManyAndDropsTheRest() {
        for (int i = 0; i < WriteBehind.MOST_CHANGES + 7; i++) {
            writes.add(Answers.key(i), null);
        }

        assertThat(writes.size()).isEqualTo(WriteBehind.MOST_CHANGES);
        assertThat(count("dropped")).isEqualTo(7);
    }

    @Test
    void holdsSoManyBytesAndDropsTheRest() {
        CachedAnswer large = Answers.answer("x".repeat(1 << 20), 1000);
        for (int i = 0; i < 40; i++) {
            writes.add(Answers.key(i), large);
        }

        assertThat(writes.bytes())
                .isBetween(WriteBehind.MOST_BYTES - (2 << 20), WriteBehind.MOST_BYTES);
        assertThat(count("dropped")).isBetween(8L, 10L);
    }

    @Test
    void goesOnBehindAnAnswerThatCannotBeWritten() {
        var names =
                (WriteBehind.Names)
                        key -> {
                            if (key.equals(Answers.key(1))) {
                                throw new IllegalStateException("no name");
                            }
                            return key.text();
                        };
        try (var others =
                new WriteBehind(
                        server,
                        new AnswerCodec(null),
                        names,
                        10,
                        isThere::get,
                        new RedisMetrics(registry),
                        () -> Instant.ofEpochMilli(now.get()))) {
            others.start();
            for (int i = 0; i < 3; i++) {
                others.add(Answers.key(i), Answers.answer("a", 1000));
            }
            await().until(() -> server.values.size() == 2);
            server.mood = FakeServer.Mood.BROKEN;
            others.add(Answers.key(4), Answers.answer("a", 1000));
            await().until(() -> others.size() == 0 && server.portions.size() >= 2);
            server.mood = FakeServer.Mood.WELL;

            others.add(Answers.key(5), Answers.answer("a", 1000));

            await().until(() -> server.values.containsKey(Answers.key(5).text()));
        }
    }

    @Test
    void writesInPortions() {
        isThere.set(false);
        for (int i = 0; i < 25; i++) {
            writes.add(Answers.key(i), Answers.answer("a" + i, 1000));
        }
        writes.start();
        assertThat(server.portions).isEmpty();

        isThere.set(true);

        await().until(() -> server.values.size() == 25);
        assertThat(server.portions).containsExactly(10, 10, 5);
        await().until(() -> count("written") == 25);
        assertThat(writes.bytes()).isZero();
    }

    @Test
    void dropsWhatHasOutlivedItselfWhileItWaited() {
        writes.add(Answers.key(1), Answers.answer("short", 1000, 500));
        writes.add(Answers.key(2), Answers.answer("long", 1000, 5000));
        now.set(2000);
        writes.start();

        await().until(() -> server.values.size() == 1);
        assertThat(server.values).containsOnlyKeys(Answers.key(2).text());
        assertThat(count("dropped")).isEqualTo(1);
    }

    @Test
    void countsWhatTheServerDoesNotTakeAndGoesOn() {
        server.mood = Mood.REFUSING;
        writes.start();
        writes.add(Answers.key(1), Answers.answer("a", 1000));
        await().until(() -> count("failed") == 1);

        server.mood = Mood.WELL;
        writes.add(Answers.key(2), Answers.answer("b", 1000));

        await().until(() -> server.values.size() == 1);
    }

    @Test
    void writesWhatIsThereBeforeItCloses() {
        writes.start();
        for (int i = 0; i < 50; i++) {
            writes.add(Answers.key(i), Answers.answer("a", 1000));
        }

        writes.close();

        assertThat(server.values).hasSize(50);
        writes.add(Answers.key(99), Answers.answer("late", 1000));
        assertThat(count("dropped")).isEqualTo(1);
    }

    private long count(String outcome) {
        return (long)
                registry.get("sluice_cache_redis_writes").tag("outcome", outcome).counter().count();
    }
}

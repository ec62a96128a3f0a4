package dev.sluice.ingress.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.ingress.cache.FakeServer.Mood;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

class RedisAnswersTest {

    private static final long NOW = System.currentTimeMillis();

    private final FakeServer server = new FakeServer();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final RedisAnswers answers =
            new RedisAnswers(
                    server,
                    new RedisAnswers.Keeping("ours", null, 10),
                    new RedisMetrics(registry),
                    InstantSource.system(),
                    System::nanoTime);

    @AfterEach
    void close() {
        answers.close();
    }

    @Test
    void givesBackWhatItKept() {
        started();
        answers.store(Answers.key(1), Answers.answer("one", NOW));
        answers.store(Answers.key(2), Answers.answer("two", NOW));
        await().until(() -> server.values.size() == 2);

        var found = answers.find(List.of(Answers.key(2), Answers.key(3), Answers.key(1)));

        assertThat(found)
                .extracting(answer -> answer == null ? "" : new String(answer.bytes(), UTF_8))
                .containsExactly("two", "", "one");
        assertThat(server.values.keySet()).contains("ours:answer:" + Answers.key(1).text());
        assertThat(lookups("hit")).isEqualTo(2);
        assertThat(lookups("miss")).isEqualTo(1);
    }

    @Test
    void forgetsWhatIsRemoved() {
        started();
        answers.store(Answers.key(1), Answers.answer("one", NOW));
        answers.remove(List.of(Answers.key(1)));
        answers.store(Answers.key(2), Answers.answer("two", NOW));
        await().until(() -> server.values.size() == 1);
        assertThat(answers.find(List.of(Answers.key(1))).getFirst()).isNull();

        server.values.put("ours:similar:7", new byte[1]);
        server.values.put("theirs:similar:7", new byte[1]);

        answers.removeAll();

        await().until(() -> server.values.size() == 1);
        assertThat(server.values).containsOnlyKeys("theirs:similar:7");
    }

    @Test
    void countsWhatItCannotRead() {
        started();
        server.values.put("ours:answer:" + Answers.key(1).text(), new byte[100]);

        assertThat(answers.find(List.of(Answers.key(1))).getFirst()).isNull();
        assertThat(lookups("unreadable")).isEqualTo(1);
    }

    @Test
    void doesNotBelieveAnAnswerFromTheFuture() {
        started();
        answers.store(Answers.key(1), Answers.answer("one", NOW + 3_600_000, 7_200_000));
        await().until(() -> server.values.size() == 1);

        assertThat(answers.find(List.of(Answers.key(1))).getFirst()).isNull();
    }

    /** On a busy machine some wait longer than a deadline; one after the other takes 25 s. */
    @Test
    void theFirstWhoWaitedInVainFreesAll() throws Exception {
        started();
        server.mood = Mood.SILENT;
        int callers = 500;
        var go = new CountDownLatch(1);
        List<Long> waits = new ArrayList<>();
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Long>> running = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                running.add(
                        executor.submit(() -> {
                            go.await();
                            long began = System.nanoTime();
                            assertThat(answers.find(List.of(Answers.key(1))).getFirst()).isNull();
                            return System.nanoTime() - began;
                        }));
            }
            go.countDown();
            for (Future<Long> one : running) {
                waits.add(one.get());
            }
        }

        assertThat(answers.isThere()).isFalse();
        assertThat(waits).allMatch(nanos -> nanos < Duration.ofSeconds(2).toNanos());
        assertThat(lookups("late") + lookups("away")).isEqualTo(callers);
    }

    @Test
    void asksNobodyWhileItIsKnownToBeAway() {
        started();
        server.mood = Mood.SILENT;
        for (int i = 0; i < Breaker.FAILURES; i++) {
            assertThat(answers.isThere()).isTrue();
            answers.find(List.of(Answers.key(1)));
        }
        int before = server.asked.get();

        answers.find(List.of(Answers.key(1), Answers.key(2)));

        assertThat(server.asked.get()).isLessThanOrEqualTo(before + 1);
        assertThat(lookups("away")).isEqualTo(2);
        assertThat(lookups("late")).isEqualTo(Breaker.FAILURES);
    }

    @Test
    void goesOnWhenTheServerIsBackAndWritesWhatWaited() {
        started();
        server.mood = Mood.REFUSING;
        for (int i = 0; i < Breaker.FAILURES; i++) {
            answers.find(List.of(Answers.key(1)));
        }
        assertThat(answers.isThere()).isFalse();
        answers.store(Answers.key(1), Answers.answer("one", NOW));

        server.mood = Mood.WELL;

        await().until(answers::isThere);
        await().until(() -> answers.find(List.of(Answers.key(1))).getFirst() != null);
    }

    /** So that the next who asks does not wait. */
    @Test
    void noticesThatTheServerLeftWhileNobodyAsked() {
        started();

        server.mood = Mood.SILENT;

        await().until(() -> !answers.isThere());
        assertThat(lookups("late")).isZero();
    }

    @Test
    void aPortionThatIsLateIsAMissOfItsOwn() {
        started();
        List<AnswerKey> keys = IntStream.range(0, 200).mapToObj(Answers::key).toList();
        keys.forEach(key -> answers.store(key, Answers.answer("a", NOW)));
        await().until(() -> server.values.size() == 200);
        server.silent = name -> name.endsWith(keys.get(70).text());

        for (int i = 0; i < 2 * Breaker.FAILURES; i++) {
            List<@Nullable CachedAnswer> found = answers.find(keys);

            assertThat(found.subList(0, 64)).doesNotContainNull();
            assertThat(found.subList(64, 128)).containsOnlyNulls();
            assertThat(found.subList(128, 200)).hasSize(72).doesNotContainNull();
        }

        assertThat(answers.isThere()).as("it answered").isTrue();
        assertThat(lookups("late")).isEqualTo(2 * Breaker.FAILURES * 64);
        assertThat(server.unanswered).isNotEmpty().allMatch(CompletableFuture::isCancelled);
    }

    /** Who may wait for a moment only cannot say that nobody is there. */
    @Test
    void whoHasLittleTimeDoesNotEndItForAll() {
        started();
        server.silent = name -> !name.equals("probe");

        for (int i = 0; i < 2 * Breaker.FAILURES; i++) {
            answers.find(List.of(Answers.key(1)), Duration.ofMillis(2));
        }

        assertThat(answers.isThere()).isTrue();
        assertThat(lookups("late")).isEqualTo(2 * Breaker.FAILURES);
    }

    @Test
    void isThereWhileMostOfItsServersAre() {
        server.probes = List.of("a", "b", "c");
        server.silent = name -> name.equals("b");
        started();

        server.silent = name -> !name.equals("b");
        for (int i = 0; i < Breaker.FAILURES; i++) {
            answers.find(List.of(Answers.key(1)));
        }

        await().during(Duration.ofMillis(700)).until(() -> !answers.isThere());
        server.silent = name -> name.equals("a");
        await().until(answers::isThere);
    }

    @Test
    void startsWithoutAServer() {
        server.mood = Mood.REFUSING;
        answers.start();

        assertThat(answers.find(List.of(Answers.key(1))).getFirst()).isNull();
        assertThat(lookups("away")).isEqualTo(1);
        server.mood = Mood.WELL;
        await().until(answers::isThere);
    }

    private void started() {
        answers.start();
        await().until(answers::isThere);
    }

    private long lookups(String outcome) {
        return (long)
                registry.get("sluice_cache_redis_lookups")
                        .tag("outcome", outcome)
                        .counter()
                        .count();
    }
}

package dev.sluice.ingress.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.config.RedisSettings.Certificates;
import dev.sluice.schemas.config.RedisSettings.Connection;
import dev.sluice.schemas.config.RedisSettings.Kind;
import dev.sluice.testkit.RedisCluster;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Answers that lie on three masters. */
class RedisClusterIT {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static RedisCluster cluster;
    private static RedisAnswers answers;

    @BeforeAll
    static void start() {
        cluster = RedisCluster.start();
        answers =
                new RedisAnswers(
                        new Connection(
                                Kind.CLUSTER,
                                List.of(cluster.uri().toString()),
                                null,
                                null,
                                Certificates.STRICT,
                                0,
                                null,
                                null,
                                null),
                        new RedisAnswers.Keeping("test", null, 100),
                        new SimpleMeterRegistry());
        answers.start();
        await().atMost(SOON).until(answers::isThere);
    }

    @AfterAll
    static void stop() {
        answers.close();
        cluster.close();
    }

    @Test
    void findsWhatLiesOnAllOfThemAtOnce() {
        List<AnswerKey> keys = keys(100);
        for (int i = 0; i < keys.size(); i++) {
            answers.store(keys.get(i), Answers.answer("a" + i, System.currentTimeMillis()));
        }

        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(answers.find(keys))
                                .extracting(found ->
                                        found == null ? "" : new String(found.bytes(), UTF_8))
                                .startsWith("a0", "a1", "a2")
                                .doesNotContain("")
                                .endsWith("a98", "a99"));
        assertThat(cluster.servers())
                .allSatisfy(server ->
                        assertThat(server.command("DBSIZE")).matches("(?s):[1-6][0-9]\r\n"));
        for (AnswerKey key : keys) {
            assertThat(answers.find(List.of(key))).doesNotContainNull();
        }

        answers.removeAll();

        await().atMost(SOON)
                .until(() ->
                        cluster.servers().stream()
                                .allMatch(server -> server.command("DBSIZE").equals(":0\r\n")));
    }

    @Test
    void givesWhatTheOthersHaveWhileOneIsAway() throws Exception {
        List<AnswerKey> keys = keys(60);
        keys.forEach(key -> answers.store(key, Answers.answer("a", System.currentTimeMillis())));
        await().atMost(SOON).until(() -> found(keys) == 60);

        cluster.servers().getLast().stop();

        await().atMost(SOON).until(() -> found(keys) >= 30);
        for (int i = 0; i < 50; i++) {
            long began = System.nanoTime();
            answers.find(List.of(keys.get(i)));
            assertThat(System.nanoTime() - began).isLessThan(Duration.ofSeconds(1).toNanos());
        }

        cluster.servers().getLast().restart();
    }

    /** It hears everything and says nothing; the others go on. */
    @Test
    void goesOnWithTheOthersWhileOneIsFrozen() {
        List<AnswerKey> keys = keys(60);
        keys.forEach(key -> answers.store(key, Answers.answer("a", System.currentTimeMillis())));
        await().atMost(SOON).until(() -> found(keys) == 60);

        Set<AnswerKey> others = new HashSet<>(keys);
        others.removeIf(key -> RedissonServer.slot("test:answer:" + key.text()) * 3 / 16_384 == 1);
        assertThat(others).hasSizeBetween(10, 50);

        cluster.servers().get(1).freeze();
        try {
            // Whenever three in a row have asked the silent one, nobody asks for some moments.
            Set<AnswerKey> given = new HashSet<>();
            await().atMost(SOON)
                    .until(() -> {
                        Collections.shuffle(keys);
                        for (AnswerKey key : keys) {
                            if (answers.find(List.of(key)).getFirst() != null) {
                                given.add(key);
                            }
                        }
                        return given.equals(others);
                    });
        } finally {
            cluster.servers().get(1).thaw();
        }

        await().atMost(SOON).until(() -> found(keys) == 60);
    }

    @Test
    void knowsWhereAClusterKeepsAName() {
        assertThat(RedissonServer.slot("foo")).isEqualTo(12_182);
        assertThat(RedissonServer.slot("{user1000}.following"))
                .isEqualTo(RedissonServer.slot("{user1000}.followers"))
                .isEqualTo(RedissonServer.slot("user1000"))
                .isEqualTo(3443);
        assertThat(RedissonServer.slot("foo{}{bar}")).isEqualTo(8363);
    }

    private static long found(List<AnswerKey> keys) {
        return keys.stream()
                .map(key -> answers.find(List.of(key)).getFirst())
                .filter(Objects::nonNull)
                .count();
    }

    private static List<AnswerKey> keys(int count) {
        List<AnswerKey> keys = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            keys.add(Answers.key(1000 + i));
        }
        return keys;
    }
}

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
import java.util.List;
import java.util.Objects;

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

package dev.sluice.ingress.similar;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.ingress.similar.QuestionServer.Addition;
import dev.sluice.ingress.similar.QuestionServer.Item;
import dev.sluice.schemas.config.RedisSettings.Certificates;
import dev.sluice.schemas.config.RedisSettings.Connection;
import dev.sluice.schemas.config.RedisSettings.Kind;
import dev.sluice.testkit.RedisProcess;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Lists on a real server. */
class RedissonQuestionServerIT {

    private static RedisProcess redis;
    private static RedissonQuestionServer server;

    @BeforeAll
    static void start() {
        redis = RedisProcess.start();
        server =
                new RedissonQuestionServer(
                        new Connection(
                                Kind.SINGLE,
                                List.of(redis.uri().toString()),
                                null,
                                null,
                                Certificates.STRICT,
                                0,
                                null,
                                null,
                                null));
    }

    @AfterAll
    static void stop() {
        server.close();
        redis.close();
    }

    @Test
    void hasWhatWasAddedBehindAPlace() throws Exception {
        add("order", "a", 60);
        add("order", "b", 60);

        List<Item> all = after("order", QuestionServer.BEGINNING);

        assertThat(all)
                .extracting(item -> new String(item.bytes(), UTF_8))
                .containsExactly("a", "b");
        assertThat(after("order", all.getFirst().place()))
                .extracting(item -> new String(item.bytes(), UTF_8))
                .containsExactly("b");
    }

    /** An answer that lives for a minute must not take those along that live for a day. */
    @Test
    void livesAsLongAsItsLongestLivedItem() throws Exception {
        add("life", "a", 600);
        assertThat(secondsLeft("life")).isBetween(590L, 600L);

        add("life", "b", 5);
        assertThat(secondsLeft("life")).isBetween(580L, 600L);
        add("life", "c", 3600);
        assertThat(secondsLeft("life")).isBetween(3590L, 3600L);
    }

    private static void add(String name, String text, long seconds) throws Exception {
        server.add(
                        List.of(
                                new Addition(
                                        name,
                                        text.getBytes(UTF_8),
                                        100,
                                        Duration.ofSeconds(seconds))))
                .get(5, TimeUnit.SECONDS);
    }

    private static List<Item> after(String name, QuestionServer.Place place) throws Exception {
        return server.after(name, place, 100).get(5, TimeUnit.SECONDS);
    }

    private static long secondsLeft(String name) {
        return Long.parseLong(redis.command("TTL " + name).replaceAll("[^0-9]", ""));
    }
}

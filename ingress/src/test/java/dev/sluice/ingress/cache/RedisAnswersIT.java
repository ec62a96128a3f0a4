package dev.sluice.ingress.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.config.RedisSettings.Certificates;
import dev.sluice.schemas.config.RedisSettings.Connection;
import dev.sluice.schemas.config.RedisSettings.Kind;
import dev.sluice.schemas.config.Secret;
import dev.sluice.testkit.RedisProcess;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A real Redis that is stopped, frozen, locked, emptied and started again under load. */
class RedisAnswersIT {

    private static final Duration SOON = Duration.ofSeconds(15);
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Secret SEAL = new Secret("seal");

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final List<RedisAnswers> opened = new ArrayList<>();
    private RedisProcess redis;

    @BeforeEach
    void start() {
        redis = RedisProcess.start();
    }

    @AfterEach
    void stop() {
        opened.forEach(RedisAnswers::close);
        redis.close();
    }

    @Test
    void whatOneKeepsAnotherFinds() {
        RedisAnswers one = open(Connection.at(redis.uri()));
        RedisAnswers other = open(Connection.at(redis.uri()));
        String text = "{\"content\": \"Paris is the capital of France.\"}".repeat(100);
        one.store(Answers.key(1), Answers.answer(text, now()));
        one.store(Answers.key(2), Answers.answer("short", now()));

        await().atMost(SOON).until(() -> other.find(keys(2)).getFirst() != null);
        List<@Nullable CachedAnswer> found = other.find(keys(1, 3, 2));

        assertThat(found)
                .extracting(answer -> answer == null ? "" : new String(answer.bytes(), UTF_8))
                .containsExactly(text, "", "short");
        assertThat(redis.command("STRLEN test:answer:" + Answers.key(1).text()))
                .as("deflated")
                .matches("(?s):[1-9][0-9]{2}\r\n");
        assertThat(redis.command("PTTL test:answer:" + Answers.key(1).text()))
                .matches("(?s):[1-5][0-9]{4}\r\n");
    }

    @Test
    void removesItsOwnAndNothingElse() {
        RedisAnswers answers = open(Connection.at(redis.uri()));
        redis.command("SET else:where 1");
        redis.command("SET test:answers 1");
        for (int i = 0; i < 1200; i++) {
            answers.store(Answers.key(i), Answers.answer("a", now()));
        }
        await().atMost(SOON).until(() -> redis.command("DBSIZE").equals(":1202\r\n"));
        answers.remove(keys(0));
        await().atMost(SOON).until(() -> redis.command("DBSIZE").equals(":1201\r\n"));

        answers.removeAll();

        await().atMost(SOON).until(() -> redis.command("DBSIZE").equals(":2\r\n"));
        assertThat(redis.command("GET else:where")).contains("1");
    }

    @Test
    void takesNoHarmFromWhatOthersKeepUnderItsNames() {
        RedisAnswers answers = open(Connection.at(redis.uri()));
        redis.command("LPUSH test:answer:" + Answers.key(1).text() + " a");
        redis.command("SET test:answer:" + Answers.key(2).text() + " rubbish");

        assertThat(answers.find(keys(1, 2))).containsExactly(null, null);
        assertThat(answers.find(keys(1))).containsExactly((CachedAnswer) null);
        await().atMost(SOON).until(answers::isThere);
    }

    @Test
    void aFrozenRedisCostsTheFirstOfThemADeadlineAndThenNothing() {
        outage("frozen", RedisProcess::freeze, RedisProcess::thaw);
    }

    @Test
    void aStoppedRedisCostsTheFirstOfThemADeadlineAndThenNothing() {
        outage("stopped", RedisProcess::stop, RedisProcess::restart);
    }

    @Test
    void aLockedRedisCostsTheFirstOfThemADeadlineAndThenNothing() {
        outage(
                "another password",
                server -> {
                    server.command("CONFIG SET requirepass secret");
                    // Those who are in stay in: as after a failover, they have to come again.
                    kickOut(server, "secret");
                },
                RedisProcess::restart);
    }

    private static void kickOut(RedisProcess server, String password) {
        server.command("AUTH " + password + "\r\nCLIENT KILL TYPE normal SKIPME yes");
    }

    @Test
    void anEmptiedRedisIsAMissAndNoMore() throws Exception {
        RedisAnswers answers = open(Connection.at(redis.uri()));
        answers.store(Answers.key(1), Answers.answer("a", now()));
        await().atMost(SOON).until(() -> answers.find(keys(1)).getFirst() != null);

        try (var load = new LookupLoad(answers)) {
            load.runFor(Duration.ofMillis(200));
            redis.command("FLUSHALL");
            load.runFor(Duration.ofMillis(300));
        }

        await().atMost(SOON).until(answers::isThere);
        assertThat(answers.find(keys(1))).containsExactly((CachedAnswer) null);
    }

    @Test
    void aWrongPasswordIsToldAndTriedAgain() {
        redis.command("CONFIG SET requirepass secret");
        RedisAnswers wrong = start(withPassword("wrong"));
        RedisAnswers right = start(withPassword("secret"));

        await().atMost(SOON).until(right::isThere);
        assertThat(wrong.isThere()).isFalse();
        assertThat(wrong.find(keys(1))).containsExactly((CachedAnswer) null);
        assertThat(wrong.check()).isFalse();
        assertThat(right.check()).isTrue();

        redis.command("AUTH secret\r\nCONFIG SET requirepass wrong");

        await().atMost(SOON).until(wrong::isThere);
    }

    @Test
    void startsWithoutRedisAndLeavesNoThreadsBehindThatTried() {
        redis.stop();
        RedisAnswers answers = start(Connection.at(redis.uri()));
        await().pollDelay(Duration.ofSeconds(3)).until(() -> !answers.isThere());
        assertThat(threadsOfClients()).isLessThan(12);

        redis.restart();

        await().atMost(SOON).until(answers::isThere);
        assertThat(threadsOfClients()).isLessThan(12);
    }

    private static long threadsOfClients() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("redisson"))
                .count();
    }

    /** How long look-ups take while Redis goes, afterwards, and before. */
    private void outage(String name, Change begin, Change end) {
        RedisAnswers answers = open(Connection.at(redis.uri()));
        answers.store(Answers.key(1), Answers.answer("a", now()));
        await().atMost(SOON).until(() -> answers.find(keys(1)).getFirst() != null);
        LookupLoad.Waits before;
        LookupLoad.Waits first;
        LookupLoad.Waits then;
        try (var load = new LookupLoad(answers)) {
            load.runFor(Duration.ofMillis(500));
            before = load.runFor(Duration.ofSeconds(1));
            begin.on(redis);
            first = load.runFor(FIRST);
            await().atMost(SOON).until(() -> !answers.isThere());
            then = load.runFor(Duration.ofSeconds(1));
        }
        LoggerFactory.getLogger(RedisAnswersIT.class)
                .atInfo()
                .addKeyValue("redis", name)
                .addKeyValue("before", before)
                .addKeyValue("firstSecond", first)
                .addKeyValue("then", then)
                .log("look-ups");

        // Of a busy machine's own waits there are as many before.
        long noise = before.p99Micros();
        assertThat(first.p99Micros()).isLessThan(60_000 + noise);
        assertThat(first.worstMicros()).isLessThan(60_000 + 2 * before.worstMicros() + 100_000);
        assertThat(then.p99Micros()).isLessThan(1000 + noise);
        assertThat(then.found()).isZero();

        end.on(redis);
        await().atMost(SOON).until(answers::isThere);
        answers.store(Answers.key(2), Answers.answer("b", now()));
        await().atMost(SOON).until(() -> answers.find(keys(2)).getFirst() != null);
    }

    @FunctionalInterface
    private interface Change {
        void on(RedisProcess redis);
    }

    private Connection withPassword(String password) {
        return new Connection(
                Kind.SINGLE,
                List.of(redis.uri().toString()),
                null,
                new Secret(password),
                Certificates.STRICT,
                0,
                null,
                null,
                2);
    }

    private RedisAnswers open(Connection connection) {
        RedisAnswers answers = start(connection);
        await().atMost(SOON).until(answers::isThere);
        return answers;
    }

    private RedisAnswers start(Connection connection) {
        var answers =
                new RedisAnswers(connection, new RedisAnswers.Keeping("test", SEAL, 100), registry);
        opened.add(answers);
        answers.start();
        return answers;
    }

    private static long now() {
        return System.currentTimeMillis();
    }

    private static List<AnswerKey> keys(int... numbers) {
        List<AnswerKey> keys = new ArrayList<>();
        for (int number : numbers) {
            keys.add(Answers.key(number));
        }
        return keys;
    }
}

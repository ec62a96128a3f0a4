package dev.sluice.spend;

import static dev.sluice.spend.db.Tables.SINK_OFFSETS;
import static dev.sluice.spend.db.Tables.SPEND_EVENTS;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.embedded.EmbeddedPostgres;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.SpendEvent.Kind;
import dev.sluice.schemas.events.SpendEvent.Status;
import dev.sluice.schemas.events.Usage;
import dev.sluice.testkit.KafkaBroker;
import dev.sluice.testkit.KafkaExtension;
import dev.sluice.testkit.PostgresDatabase;
import dev.sluice.testkit.PostgresExtension;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

@ExtendWith({KafkaExtension.class, PostgresExtension.class})
class SpendAggregatorIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final SpendBench bench;

    SpendAggregatorIT(KafkaBroker kafka, PostgresDatabase postgres) throws Exception {
        bench = SpendBench.fresh(kafka, postgres);
    }

    @BeforeEach
    void start() {
        bench.start();
    }

    @AfterEach
    void close() {
        bench.close();
    }

    @Test
    void booksAnEventOnceHoweverOftenItIsDelivered() throws Exception {
        TestCall call = TestCall.make().costing(42);
        bench.publish(call.event(), call.event(), TestCall.make().costing(8).event());
        bench.drain();
        bench.publish(call.event());
        bench.drain();

        assertThat(bench.logs("")).hasSize(2);
        assertThat(bench.totalPico()).isEqualTo(50);
        counts("booked", 2);
        counts("duplicate", 2);
    }

    /** What is committed is counted a moment later. */
    private void counts(String outcome, int events) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(bench.counter(outcome)).isEqualTo(events));
    }

    @Test
    void countsNothingTwiceAfterItsOffsetsWereRewound() throws Exception {
        bench.publish(calls(300));
        bench.drain();
        bench.stop();
        bench.sql().update(SINK_OFFSETS).set(SINK_OFFSETS.NEXT, 0L).execute();

        bench.start();
        bench.drain();

        counts("duplicate", 300);
        assertThat(bench.totalPico()).isEqualTo(300);
    }

    @Test
    void rejoinsWhenAnotherSinkMovedItsPartitions() throws Exception {
        bench.publish(calls(50));
        bench.drain();
        // As a zombie would that still thinks that the partitions are its own.
        bench.sql().update(SINK_OFFSETS).set(SINK_OFFSETS.NEXT, 0L).execute();

        bench.publish(calls(50));
        bench.drain();

        assertThat(bench.metrics().get("sluice.sink.fenced").counter().count()).isPositive();
        assertThat(bench.totalPico()).isEqualTo(100);
    }

    @Test
    void readsATopicThatWasCreatedAnewFromItsBeginning() throws Exception {
        bench.publish(calls(100));
        bench.drain();
        bench.stop();
        bench.recreateTopics();
        bench.publish(calls(10));

        bench.start();

        await().atMost(PATIENCE).until(() -> bench.counter("booked") == 10);
        assertThat(bench.totalPico()).isEqualTo(110);
    }

    @Test
    void sharesThePartitionsWithASecondSink() throws Exception {
        try (SpendAggregator second = bench.another()) {
            second.start();
            await().atMost(PATIENCE).until(second::ready);
            for (int i = 0; i < 10; i++) {
                bench.publish(calls(100));
            }
            bench.drain();
        }
        bench.publish(calls(100));
        bench.drain();

        assertThat(bench.totalPico()).isEqualTo(1_100);
        assertThat(bench.sql().fetchCount(SPEND_EVENTS)).isEqualTo(1_100);
    }

    @Test
    void putsDamagedRecordsToTheDeadLettersAndGoesOn() throws Exception {
        byte[] damaged = "{\"v\":1,\"event_id\":\"no\"".getBytes(UTF_8);
        bench.publishRaw("same-partition", damaged);
        bench.publishRaw("same-partition", Topics.SPEND.codec().encode(TestCall.make().event()));
        bench.drain();

        assertThat(bench.logs("")).hasSize(1);
        counts("dead", 1);
        ConsumerRecord<byte[], byte[]> letter = bench.deadLetter();
        assertThat(letter.value()).isEqualTo(damaged);
        assertThat(SpendBench.header(letter, "topic")).isEqualTo(Topics.SPEND.name());
        assertThat(SpendBench.header(letter, "partition")).containsOnlyDigits();
        assertThat(SpendBench.header(letter, "offset")).isEqualTo("0");
        assertThat(SpendBench.header(letter, "reason")).contains("damaged");
    }

    @Test
    void haltsBeforeARecordOfANewerVersion() throws Exception {
        byte[] event = Topics.SPEND.codec().encode(TestCall.make().costing(1).event());
        byte[] newer = new String(event, UTF_8).replace("\"v\":1", "\"v\":2").getBytes(UTF_8);
        bench.publishRaw("key", event);
        bench.publishRaw("key", newer);
        bench.publishRaw("key", Topics.SPEND.codec().encode(TestCall.make().costing(2).event()));

        await().atMost(PATIENCE)
                .until(() -> bench.metrics().get("sluice.sink.halted").gauge().value() == 1);

        assertThat(bench.aggregator().ready()).isFalse();
        SpendBench.Answer readiness = bench.get("/health/readiness", null);
        assertThat(readiness.status()).isEqualTo(503);
        assertThat(readiness.json().path("sink").asText()).startsWith("halted");
        assertThat(bench.totalPico()).isEqualTo(1);
        assertThat(bench.counter("dead")).isZero();
        assertThat(bench.aggregator().drain(Duration.ofMillis(100))).isFalse();
        await().atMost(PATIENCE)
                .until(() -> bench.metrics().get("sluice.sink.lag.records").gauge().value() == 2);
    }

    @Test
    void answersTheSeedsQueries() throws Exception {
        TestCall recent = TestCall.make().by("user-123").costing(1_500_000_000_000L);
        bench.publish(
                recent.event(),
                TestCall.make().by("user-123").costing(250_000_000_000L).event(),
                TestCall.make()
                        .by("user-123")
                        .costing(1)
                        .at(Instant.now().minus(Duration.ofDays(40)))
                        .event(),
                TestCall.make().by("somebody").event());
        bench.drain();

        var days = bench.sql().fetch(SpendBench.SEED_DAILY);
        var logs = bench.sql().fetch(SpendBench.SEED_LOGS);

        LocalDate day = LocalDate.ofInstant(recent.startedAt(), ZoneOffset.UTC);
        for (var result : List.of(days, logs)) {
            assertThat(result).hasSize(1);
            assertThat(result.getFirst().get("date", LocalDate.class)).isEqualTo(day);
            assertThat(result.getFirst().get("daily_spend", BigDecimal.class))
                    .isEqualByComparingTo("1.75");
            assertThat(result.getFirst().get("requests", Long.class)).isEqualTo(2);
        }
    }

    @Test
    void showsARequestWithTheColumnsOfLiteLlm() throws Exception {
        TestCall call =
                TestCall.make()
                        .withKey("hash")
                        .forEndUser("end")
                        .using(new Usage(10, 4, 0, 0, 5, 2, 0, 0, 0))
                        .costing(1_234_500);
        bench.publish(call.event());
        bench.drain();

        JsonNode row = bench.logs("").get(0);

        assertThat(row.path("request_id").asText()).isEqualTo(call.requestId().toString());
        assertThat(row.path("api_key").asText()).isEqualTo("hash");
        assertThat(row.path("spend").decimalValue()).isEqualByComparingTo("0.0000012345");
        assertThat(row.path("spend_pico").asLong()).isEqualTo(1_234_500);
        assertThat(row.path("total_tokens").asLong()).isEqualTo(21);
        assertThat(row.path("prompt_tokens").asLong()).isEqualTo(14);
        assertThat(row.path("completion_tokens").asLong()).isEqualTo(7);
        assertThat(Instant.parse(row.path("startTime").asText())).isEqualTo(call.startedAt());
        assertThat(Instant.parse(row.path("endTime").asText()))
                .isEqualTo(call.startedAt().plusMillis(250));
        assertThat(Instant.parse(row.path("completionStartTime").asText()))
                .isEqualTo(call.startedAt().plusMillis(120));
        assertThat(row.path("user").asText()).isEqualTo("ada");
        assertThat(row.path("end_user").asText()).isEqualTo("end");
        assertThat(row.path("team_id").asText()).isEqualTo("team");
        assertThat(row.path("model").asText()).isEqualTo("gpt-x");
        assertThat(row.path("model_group").asText()).isEqualTo("gpt");
        assertThat(row.path("model_id").asText()).isEqualTo("deployment");
        assertThat(row.path("custom_llm_provider").asText()).isEqualTo("openai");
        assertThat(row.path("call_type").asText()).isEqualTo("acompletion");
        assertThat(row.path("cache_hit").asText()).isEqualTo("False");
        assertThat(row.path("cache_key").asText()).isEqualTo("Cache OFF");
        assertThat(row.path("status").asText()).isEqualTo("success");
        assertThat(row.path("request_tags"))
                .extracting(JsonNode::asText)
                .containsExactly("a", "b,\"c\"}");
        assertThat(row.path("metadata").path("attempts").asInt()).isEqualTo(1);
        assertThat(row.path("metadata").path("provider_response_id").asText())
                .isEqualTo("chatcmpl-1");
        List<String> names = new ArrayList<>();
        row.fieldNames().forEachRemaining(names::add);
        assertThat(names)
                .containsExactlyInAnyOrderElementsOf(
                        bench.sql()
                                .fetch("select * from \"LiteLLM_SpendLogs\" limit 0")
                                .fieldStream()
                                .map(field -> field.getName())
                                .toList());
    }

    @Test
    void showsRetriesCacheHitsAndCancelledCallsAsOneRowEach() throws Exception {
        TestCall retried = TestCall.make().by("retried");
        TestCall hit = TestCall.make().by("hit").of(Kind.CACHE_HIT).attempt(0, true).costing(0);
        TestCall cancelled = TestCall.make().by("cancelled").ended(Status.CANCELLED);
        bench.publish(
                retried.attempt(1, false).ended(Status.FAILURE).costing(3).event(),
                retried.attempt(2, true).ended(Status.SUCCESS).costing(4).event(),
                hit.event(),
                cancelled.event());
        bench.drain();

        JsonNode row = bench.logs("?user_id=retried");
        assertThat(row).hasSize(1);
        assertThat(row.get(0).path("spend_pico").asLong()).isEqualTo(7);
        assertThat(row.get(0).path("status").asText()).isEqualTo("success");
        assertThat(row.get(0).path("metadata").path("attempts").asInt()).isEqualTo(2);
        JsonNode cached = bench.logs("?user_id=hit").get(0);
        assertThat(cached.path("cache_hit").asText()).isEqualTo("True");
        assertThat(cached.path("cache_key").asText()).isEqualTo("cache-key");
        assertThat(cached.path("spend").decimalValue()).isZero();
        JsonNode left = bench.logs("?user_id=cancelled").get(0);
        assertThat(left.path("status").asText()).isEqualTo("failure");
        assertThat(left.path("metadata").path("status").asText()).isEqualTo("cancelled");
    }

    @Test
    void filtersAndSortsTheLogs() throws Exception {
        TestCall old =
                TestCall.make().by("a").withKey("k1").at(Instant.parse("2026-03-01T23:59:59.5Z"));
        TestCall middle =
                TestCall.make().by("a").withKey("k2").at(Instant.parse("2026-03-02T00:00:00Z"));
        TestCall young =
                TestCall.make().by("b").withKey("k1").at(Instant.parse("2026-03-02T10:00:00Z"));
        bench.publish(middle.event(), young.event(), old.event());
        bench.drain();

        assertThat(bench.ids(""))
                .containsExactly(young.requestId(), middle.requestId(), old.requestId());
        assertThat(bench.ids("?limit=2")).containsExactly(young.requestId(), middle.requestId());
        assertThat(bench.ids("?user_id=a")).containsExactly(middle.requestId(), old.requestId());
        assertThat(bench.ids("?api_key=k1&user_id=a")).containsExactly(old.requestId());
        assertThat(bench.ids("?request_id=" + young.requestId()))
                .containsExactly(young.requestId());
        assertThat(bench.ids("?start_date=2026-03-02"))
                .containsExactly(young.requestId(), middle.requestId());
        assertThat(bench.ids("?end_date=2026-03-01")).containsExactly(old.requestId());
        assertThat(bench.ids("?end_date=2026-03-02%2009:59:59"))
                .containsExactly(middle.requestId(), old.requestId());
        assertThat(bench.ids("?start_date=2026-03-02+10:00:00")).containsExactly(young.requestId());
        assertThat(bench.ids("?api_key=nobody")).isEmpty();
    }

    @Test
    void answersBadQuestionsWithAnErrorInOpenAisForm() throws Exception {
        await().atMost(PATIENCE).until(bench.aggregator()::ready);

        SpendBench.Answer bad = bench.get("/spend/logs?limit=0", "service");
        assertThat(bad.status()).isEqualTo(400);
        assertThat(bad.json().path("error").path("param").asText()).isEqualTo("limit");
        assertThat(bad.json().path("error").path("code").asText()).isEqualTo("400");
        assertThat(bench.get("/spend/logs?team_id=x", "service").status()).isEqualTo(400);
        for (String credential : new String[] {null, "", "wrong", "service2", "servic"}) {
            SpendBench.Answer refused = bench.get("/spend/logs", credential);
            assertThat(refused.status()).isEqualTo(401);
            assertThat(refused.json().path("error").path("type").asText()).isEqualTo("auth_error");
        }
        assertThat(bench.get("/spend/nothing", "service").status()).isEqualTo(404);
        assertThat(bench.get("/health/liveliness", null).text()).isEqualTo("\"I'm alive!\"");
        assertThat(bench.get("/metrics", null).text())
                .contains(
                        "sluice_sink_lag_records", "sluice_sink_events_total{outcome=\"booked\"}");
    }

    @Test
    void streamsAnAnswerOfManyRows() throws Exception {
        bench.publish(calls(3_000));
        bench.drain();

        assertThat(bench.logs("")).hasSize(3_000);
        assertThat(bench.logs("?limit=1234")).hasSize(1_234);
    }

    @Test
    void dropsNothingWhilePostgresIsAway(@TempDir Path directory) throws Exception {
        bench.stop();
        int port;
        try (EmbeddedPostgres first = EmbeddedPostgres.start(directory, 0)) {
            port = first.port();
            bench.use(first);
            bench.start();
            bench.publish(calls(100));
            bench.drain();
        }
        bench.publish(calls(100));
        await().atMost(PATIENCE).until(() -> !bench.aggregator().ready());
        assertThat(bench.get("/spend/logs", "service").status()).isEqualTo(503);
        assertThat(bench.get("/health/readiness", null).json().path("db").asText())
                .isEqualTo("Not connected");
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(bench.metrics().get("sluice.sink.lag.records").gauge().value())
                                .isCloseTo(100, within(0.1)));

        try (EmbeddedPostgres second = EmbeddedPostgres.start(directory, port)) {
            bench.use(second);
            bench.drain();
            await().atMost(PATIENCE).until(bench.aggregator()::ready);
            assertThat(bench.totalPico()).isEqualTo(200);
            bench.stop();
        }
    }

    @Test
    void startsAndStopsWithKafkaAway(PostgresDatabase postgres) {
        SpendAggregatorSettings settings = BooksFixture.settings(postgres);
        try (var lonely = bench.aggregator(settings)) {
            lonely.start();

            assertThat(lonely.port()).isPositive();
            assertThat(lonely.ready()).isFalse();
        }
    }

    @Test
    void closesWithoutHavingBeenStarted(PostgresDatabase postgres) {
        SpendAggregator idle = bench.aggregator(BooksFixture.settings(postgres));

        assertThatCode(idle::close).doesNotThrowAnyException();
    }

    private static SpendEvent[] calls(int count) {
        return IntStream.range(0, count)
                .mapToObj(_ -> TestCall.make().costing(1).event())
                .toArray(SpendEvent[]::new);
    }
}

package dev.sluice.spend;

import static dev.sluice.spend.db.Tables.DAILY_USER_SPEND;
import static dev.sluice.spend.db.Tables.SPEND_EVENTS;
import static dev.sluice.spend.db.Tables.SPEND_REQUESTS;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jooq.impl.DSL.sum;

import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.SpendEvent.Kind;
import dev.sluice.schemas.events.SpendEvent.Status;
import dev.sluice.schemas.events.Usage;
import dev.sluice.spend.SpendBooks.Outcome.Booked;
import dev.sluice.spend.db.tables.records.SpendEventsRecord;
import dev.sluice.spend.db.tables.records.SpendRequestsRecord;
import dev.sluice.testkit.PostgresDatabase;

import org.junit.jupiter.api.Test;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** What is counted, where and how often. */
class SpendBooksIT extends BooksFixture {

    SpendBooksIT(PostgresDatabase postgres) {
        super(postgres);
    }

    @Test
    void keepsEveryFieldOfAnEvent() {
        SpendEvent event =
                TestCall.make()
                        .of(Kind.CACHE_HIT)
                        .attempt(0, true)
                        .forEndUser("o'hara \"\\ \t grüße \ud83d\ude00")
                        .using(new Usage(1, 2, 3, 4, 5, 6, 7, 8, 9))
                        .costing(Long.MAX_VALUE)
                        .event();

        assertThat(book(event)).isEqualTo(new Booked(1, 0, 0, 0));

        SpendEventsRecord row = sql.fetchSingle(SPEND_EVENTS);
        assertThat(row.getEventId()).isEqualTo(event.eventId());
        assertThat(row.getStartedAt()).isEqualTo(event.startedAt());
        assertThat(row.getEndedAt()).isEqualTo(event.endedAt());
        assertThat(row.getTags()).containsExactly("a", "b,\"c\"}");
        assertThat(row.getEndUser()).isEqualTo(event.owner().endUser());
        assertThat(row.getCostPico()).isEqualTo(Long.MAX_VALUE);
        assertThat(
                        List.of(
                                row.getInputTokens(),
                                row.getCachedReadTokens(),
                                row.getCacheWrite_5mTokens(),
                                row.getCacheWrite_1hTokens(),
                                row.getOutputTokens(),
                                row.getReasoningTokens(),
                                row.getAudioInputTokens(),
                                row.getAudioOutputTokens(),
                                row.getImageTokens()))
                .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
        // Only what this event does not have is null: a misspelt column would show here.
        assertThat(
                        Arrays.stream(row.fields())
                                .filter(field -> row.get(field) == null)
                                .map(field -> field.getName()))
                .containsExactlyInAnyOrder("org_id", "error_class", "batch_id", "batch_line");
    }

    @Test
    void countsAnEventOnceHoweverOftenItComes() {
        SpendEvent event = TestCall.make().costing(42).event();

        assertThat(book(event, event)).isEqualTo(new Booked(1, 1, 0, 0));
        assertThat(book(event)).isEqualTo(new Booked(0, 1, 0, 0));
        rewind();
        assertThat(book(event, TestCall.make().costing(1).event()))
                .isEqualTo(new Booked(1, 1, 0, 0));

        assertThat(dailySpend()).isEqualTo(BigInteger.valueOf(43));
        assertThat(sql.fetchCount(SPEND_EVENTS)).isEqualTo(2);
    }

    @Test
    void keepsTheFirstOfTwoTerminalEventsOfAnAttempt() {
        TestCall call = TestCall.make();
        SpendEvent settled = call.costing(5).event();
        SpendEvent recovered = call.of(Kind.ESTIMATED).costing(9).event();

        book(settled);
        book(recovered);

        assertThat(sql.fetchSingle(SPEND_EVENTS).getKind()).isEqualTo("settled");
        assertThat(dailySpend()).isEqualTo(BigInteger.valueOf(5));
    }

    @Test
    void keepsTheFirstOfTwoThatComeTogether() {
        List<SpendEvent> together = new ArrayList<>();
        List<TestCall> calls = IntStream.range(0, 100).mapToObj(_ -> TestCall.make()).toList();
        calls.forEach(call -> together.add(call.costing(5).event()));
        calls.forEach(call -> together.add(call.of(Kind.ESTIMATED).costing(9).event()));

        book(together.toArray(SpendEvent[]::new));

        assertThat(dailySpend()).isEqualTo(BigInteger.valueOf(500));
    }

    @Test
    void splitsTheDayByEverythingABillIsSplitBy() {
        Instant evening = Instant.parse("2026-01-31T23:59:59.999999Z");
        book(
                TestCall.make().at(evening).event(),
                TestCall.make().at(evening).event(),
                TestCall.make().at(evening.plusNanos(1_000)).event(),
                TestCall.make().at(evening).by(null).event(),
                TestCall.make().at(evening).withKey("other").event(),
                TestCall.make().at(evening).servedBy("other").event());
        book(TestCall.make().at(evening).event());

        assertThat(
                        sql.fetch(DAILY_USER_SPEND)
                                .map(day ->
                                        "%s %s %s %s %d"
                                                .formatted(
                                                        day.getUserId(),
                                                        day.getDate(),
                                                        day.getApiKey(),
                                                        day.getModel(),
                                                        day.getApiRequests())))
                .containsExactlyInAnyOrder(
                        "ada 2026-01-31 key gpt-x 3",
                        "ada 2026-02-01 key gpt-x 1",
                        " 2026-01-31 key gpt-x 1",
                        "ada 2026-01-31 other gpt-x 1",
                        "ada 2026-01-31 key other 1");
    }

    @Test
    void addsUpToTheRows() {
        var random = new Random(7);
        List<SpendEvent> events = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            TestCall call =
                    TestCall.make()
                            .by("user-" + random.nextInt(9))
                            .servedBy("model-" + random.nextInt(3))
                            .costing(random.nextLong(1_000_000_000_000L))
                            .using(
                                    new Usage(
                                            random.nextInt(1000),
                                            random.nextInt(50),
                                            random.nextInt(9),
                                            random.nextInt(9),
                                            random.nextInt(500),
                                            random.nextInt(99),
                                            1,
                                            2,
                                            3));
            events.add(call.event());
        }
        List<SpendEvent> delivered = new ArrayList<>(events);
        delivered.addAll(events.subList(0, 1_000));
        Collections.shuffle(delivered, random);
        for (int from = 0; from < delivered.size(); from += 700) {
            List<SpendEvent> part = delivered.subList(from, Math.min(from + 700, delivered.size()));
            book(part.toArray(SpendEvent[]::new));
        }

        long cost = events.stream().mapToLong(SpendEvent::costPico).sum();
        long prompt = events.stream().mapToLong(event -> event.usage().promptTokens()).sum();
        long completion =
                events.stream().mapToLong(event -> event.usage().completionTokens()).sum();
        assertThat(dailySpend()).isEqualTo(BigInteger.valueOf(cost));
        assertThat(
                        sql.select(sum(SPEND_EVENTS.COST_PICO))
                                .from(SPEND_EVENTS)
                                .fetchSingle()
                                .value1())
                .isEqualByComparingTo(BigDecimal.valueOf(cost));
        var totals =
                sql.select(
                                sum(DAILY_USER_SPEND.PROMPT_TOKENS),
                                sum(DAILY_USER_SPEND.COMPLETION_TOKENS),
                                sum(DAILY_USER_SPEND.API_REQUESTS))
                        .from(DAILY_USER_SPEND)
                        .fetchSingle();
        assertThat(totals.value1()).isEqualByComparingTo(BigDecimal.valueOf(prompt));
        assertThat(totals.value2()).isEqualByComparingTo(BigDecimal.valueOf(completion));
        assertThat(totals.value3()).isEqualByComparingTo(BigDecimal.valueOf(3_000));
        assertThat(sql.fetchCount(DAILY_USER_SPEND)).isEqualTo(27);
    }

    @Test
    void showsTheAttemptsOfARequestAsOneRow() {
        TestCall call = TestCall.make();
        Instant startedAt = call.startedAt();
        SpendEvent first =
                call.attempt(1, false)
                        .ended(Status.FAILURE)
                        .servedBy("broken")
                        .using(Usage.of(10, 0))
                        .costing(3)
                        .event();
        SpendEvent second =
                call.attempt(2, true)
                        .ended(Status.SUCCESS)
                        .servedBy("good")
                        .at(startedAt.plusSeconds(2))
                        .using(Usage.of(10, 5))
                        .costing(4)
                        .event();
        // The last attempt may be in the books before the first.
        book(second);
        book(first);

        SpendRequestsRecord request = sql.fetchSingle(SPEND_REQUESTS);
        assertThat(request.getStartedAt()).isEqualTo(startedAt);
        assertThat(request.getEndedAt()).isEqualTo(second.endedAt());
        assertThat(request.getStatus()).isEqualTo("success");
        assertThat(request.getModel()).isEqualTo("good");
        assertThat(request.getAttempts()).isEqualTo(2);
        assertThat(request.getPromptTokens()).isEqualByComparingTo("20");
        assertThat(request.getCompletionTokens()).isEqualByComparingTo("5");
        assertThat(request.getSpendPico()).isEqualByComparingTo("7");
        assertThat(
                        sql.select(
                                        sum(DAILY_USER_SPEND.API_REQUESTS),
                                        sum(DAILY_USER_SPEND.SUCCESSFUL_REQUESTS),
                                        sum(DAILY_USER_SPEND.FAILED_REQUESTS))
                                .from(DAILY_USER_SPEND)
                                .fetchSingle()
                                .intoArray())
                .containsExactly(BigDecimal.ONE, BigDecimal.ONE, BigDecimal.ZERO);
    }

    @Test
    void addsCorrectionsToTheRequestThatTheyCorrect() {
        TestCall call = TestCall.make().costing(10);
        book(
                call.event(),
                call.attempt(1, false).of(Kind.ADJUSTED).using(Usage.NONE).costing(-4).event());

        SpendRequestsRecord request = sql.fetchSingle(SPEND_REQUESTS);
        assertThat(request.getSpendPico()).isEqualByComparingTo("6");
        assertThat(request.getAttempts()).isEqualTo(1);
        assertThat(request.getKind()).isEqualTo("settled");
        assertThat(dailySpend()).isEqualTo(BigInteger.valueOf(6));
    }

    @Test
    void closesARequestWithAVoidedEvent() {
        TestCall call = TestCall.make().costing(10);
        book(
                call.attempt(1, false).event(),
                call.attempt(2, true)
                        .of(Kind.VOIDED)
                        .ended(Status.FAILURE)
                        .using(Usage.NONE)
                        .costing(0)
                        .event());

        SpendRequestsRecord request = sql.fetchSingle(SPEND_REQUESTS);
        assertThat(request.getFinal()).isTrue();
        assertThat(request.getStatus()).isEqualTo("failure");
        assertThat(request.getAttempts()).isEqualTo(1);
        assertThat(request.getSpendPico()).isEqualByComparingTo("10");
    }
}

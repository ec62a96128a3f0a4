package dev.sluice.spend;

import static dev.sluice.spend.db.Tables.DAILY_USER_SPEND;
import static dev.sluice.spend.db.Tables.LATE_SPEND_EVENTS;
import static dev.sluice.spend.db.Tables.SPEND_BOOKS;
import static dev.sluice.spend.db.Tables.SPEND_EVENTS;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.jooq.impl.DSL.table;

import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.Usage;
import dev.sluice.spend.SpendBooks.Outcome;
import dev.sluice.spend.SpendBooks.Outcome.Booked;
import dev.sluice.spend.SpendBooks.Outcome.Fenced;
import dev.sluice.spend.db.tables.records.SpendEventsRecord;
import dev.sluice.testkit.PostgresDatabase;

import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.Test;

import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What others, odd values and odd times do to the books: nothing. */
class SpendBooksFaultsIT extends BooksFixture {

    SpendBooksFaultsIT(PostgresDatabase postgres) {
        super(postgres);
    }

    @Test
    void letsOnlyOneOfTwoBookersMoveAPartition() throws Exception {
        List<SpendEvent> events = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            events.add(TestCall.make().costing(1).event());
        }
        SpendBooks zombie = open();
        try (ExecutorService both = Executors.newFixedThreadPool(2)) {
            for (int from = 0; from < events.size(); from += 20) {
                SpendBatch batch = batch(PARTITION, from, events.subList(from, from + 20));
                Future<Outcome> mine = both.submit(() -> books.book(batch, letters::addAll));
                Future<Outcome> other = both.submit(() -> zombie.book(batch, letters::addAll));

                assertThat(List.of(mine.get(), other.get()))
                        .containsExactlyInAnyOrder(
                                new Booked(20, 0, 0, 0), new Fenced(batch.moves().getFirst()));
            }
        }
        assertThat(dailySpend()).isEqualTo(BigInteger.valueOf(200));
        assertThat(new SinkOffsets(sql).of("t")).containsEntry(0, 200L).containsEntry(1, 0L);
    }

    @Test
    void writesNothingWhenFencedInOneOfManyPartitions() {
        book(TestCall.make().event());
        SpendBatch mine = batch(OTHER, 0, List.of(TestCall.make().event()));
        var moves = new ArrayList<>(mine.moves());
        moves.addFirst(new OffsetMove(PARTITION, 0, 5));

        Outcome outcome =
                books.book(
                        new SpendBatch(mine.deliveries(), List.of(), moves, null), letters::addAll);

        assertThat(outcome).isEqualTo(new Fenced(moves.getFirst()));
        assertThat(sql.fetchCount(SPEND_EVENTS)).isEqualTo(1);
        assertThat(new SinkOffsets(sql).of("t")).isEqualTo(Map.of(0, 1L, 1, 0L));
    }

    @Test
    void findsTheEventsThatTheDatabaseRefuses() {
        List<SpendEvent> events = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            events.add(TestCall.make().costing(1).event());
        }
        var beyondLong = new Usage(Long.MAX_VALUE, 1, 0, 0, 0, 0, 0, 0, 0);
        events.add(31, TestCall.make().using(beyondLong).event());
        String tooLongForAnIndex =
                new Random(1)
                        .ints(20_000, 'a', 'z')
                        .collect(
                                StringBuilder::new,
                                StringBuilder::appendCodePoint,
                                StringBuilder::append)
                        .toString();
        events.add(TestCall.make().by(tooLongForAnIndex).event());

        Outcome outcome = book(events.toArray(SpendEvent[]::new));

        assertThat(outcome).isEqualTo(new Booked(50, 0, 0, 2));
        assertThat(letters)
                .extracting(letter -> letter.source().offset())
                .containsExactly(31L, 51L);
        assertThat(letters.getFirst().reason()).contains("22003");
        assertThat(dailySpend()).isEqualTo(BigInteger.valueOf(50));
    }

    @Test
    void storesTextThatPostgresCannotHold() {
        assertThat(book(TestCall.make().by("nul\0").forEndUser("half\ud83d").event()))
                .isEqualTo(new Booked(1, 0, 0, 0));

        SpendEventsRecord row = sql.fetchSingle(SPEND_EVENTS);
        assertThat(row.getUserId()).isEqualTo("nul\ufffd");
        assertThat(row.getEndUser()).isEqualTo("half\ufffd");
    }

    @Test
    void booksNothingIfADeadLetterIsNotDelivered() {
        SpendBatch good = batch(PARTITION, 0, List.of(TestCall.make().event()));
        var damaged = new Refusal(good.deliveries().getFirst().source(), "damaged");
        SpendBatch batch = new SpendBatch(good.deliveries(), List.of(damaged), good.moves(), null);

        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() ->
                        books.book(
                                batch,
                                _ -> {
                                    throw new IllegalStateException("brokers are away");
                                }));

        assertThat(sql.fetchCount(SPEND_EVENTS)).isZero();
        assertThat(books.book(batch, letters::addAll)).isEqualTo(new Booked(1, 0, 0, 1));
    }

    @Test
    void setsEventsAsideThatNoPartitionMayTake() {
        Instant now = Instant.now();
        SpendEvent ancient = TestCall.make().at(Instant.parse("2024-12-31T23:59:59Z")).event();
        SpendEvent ahead = TestCall.make().at(now.plusSeconds(90_000)).event();
        SpendEvent tomorrow = TestCall.make().at(now.plusSeconds(80_000)).event();

        assertThat(book(ancient, ahead, tomorrow)).isEqualTo(new Booked(1, 0, 2, 0));
        assertThat(book(ancient, ahead)).isEqualTo(new Booked(0, 2, 0, 0));

        assertThat(sql.fetch(LATE_SPEND_EVENTS).getValues(LATE_SPEND_EVENTS.EVENT_ID))
                .containsExactlyInAnyOrder(ancient.eventId(), ahead.eventId());
        assertThat(sql.fetchCount(DAILY_USER_SPEND)).isEqualTo(1);
    }

    @Test
    void createsThePartitionsThatEventsNeed() {
        book(
                TestCall.make().at(Instant.parse("2025-03-31T23:59:59.999999Z")).event(),
                TestCall.make().at(Instant.parse("2025-04-01T00:00:00Z")).event());

        assertThat(sql.fetchCount(table("spend_events_2025_03"))).isEqualTo(1);
        assertThat(sql.fetchCount(table("spend_events_2025_04"))).isEqualTo(1);
        LocalDate comingMonth = LocalDate.now(ZoneOffset.UTC).plusMonths(1);
        assertThat(sql.fetchCount(table("spend_events_%tY_%<tm".formatted(comingMonth)))).isZero();
    }

    @Test
    void doesNotGiveUpEventsBecauseAPartitionIsMissing() {
        book(TestCall.make().at(Instant.parse("2025-05-05T00:00:00Z")).event());
        sql.execute("drop table spend_events_2025_05");

        assertThatExceptionOfType(DataAccessException.class)
                .isThrownBy(() ->
                        book(TestCall.make().at(Instant.parse("2025-05-06T00:00:00Z")).event()));

        assertThat(letters).isEmpty();
        books = open();
        assertThat(book(TestCall.make().at(Instant.parse("2025-05-06T00:00:00Z")).event()))
                .isEqualTo(new Booked(1, 0, 0, 0));
    }

    @Test
    void opensTheBooksLaterAfterArchiving() {
        sql.update(SPEND_BOOKS).set(SPEND_BOOKS.OPENED_ON, LocalDate.of(2026, 1, 1)).execute();
        try {
            books = open();

            assertThat(book(TestCall.make().at(Instant.parse("2025-12-31T00:00:00Z")).event()))
                    .isEqualTo(new Booked(0, 0, 1, 0));
        } finally {
            sql.update(SPEND_BOOKS).set(SPEND_BOOKS.OPENED_ON, LocalDate.of(2025, 1, 1)).execute();
        }
    }
}

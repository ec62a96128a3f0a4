package dev.sluice.spend;

import static dev.sluice.spend.db.Tables.DAILY_USER_SPEND;
import static dev.sluice.spend.db.Tables.LATE_SPEND_EVENTS;
import static dev.sluice.spend.db.Tables.SINK_OFFSETS;
import static dev.sluice.spend.db.Tables.SPEND_EVENTS;

import static org.jooq.impl.DSL.sum;

import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.spend.SpendBooks.Outcome;
import dev.sluice.testkit.PostgresDatabase;
import dev.sluice.testkit.PostgresExtension;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jooq.DSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

import java.math.BigInteger;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Empty books in a database of their own, and what it takes to fill them. */
@ExtendWith(PostgresExtension.class)
abstract class BooksFixture {

    static final TopicPartition PARTITION = new TopicPartition("t", 0);
    static final TopicPartition OTHER = new TopicPartition("t", 1);

    static final String EMPTY_TOTALS =
            """
            truncate daily_user_spend, daily_team_spend, daily_organization_spend,
                daily_end_user_spend, daily_tag_spend, hourly_spend\
            """;

    private final Database database;
    final DSLContext sql;
    final List<Refusal> letters = Collections.synchronizedList(new ArrayList<>());
    SpendBooks books;
    private long next;

    BooksFixture(PostgresDatabase postgres) {
        database = new Database(settings(postgres));
        sql = database.sql();
        database.migrate();
        sql.truncate(SPEND_EVENTS).execute();
        sql.truncate(LATE_SPEND_EVENTS).execute();
        sql.execute(EMPTY_TOTALS);
        sql.truncate(SINK_OFFSETS).execute();
        books = open();
    }

    static SpendAggregatorSettings settings(PostgresDatabase postgres) {
        return new SpendAggregatorSettings(
                "127.0.0.1",
                0,
                KafkaSettings.of("127.0.0.1:1"),
                postgres.jdbcUrl(),
                postgres.user(),
                new Secret(postgres.password()),
                4,
                new Secret("service"));
    }

    @BeforeEach
    void openPartitions() {
        new SinkOffsets(sql).open(List.of(PARTITION, OTHER));
    }

    @AfterEach
    void closeDatabase() {
        database.close();
    }

    SpendBooks open() {
        return new SpendBooks(sql, Partitions.open(sql, InstantSource.system()));
    }

    Outcome book(SpendEvent... events) {
        SpendBatch batch = batch(PARTITION, next, List.of(events));
        Outcome outcome = books.book(batch, letters::addAll);
        next += events.length;
        return outcome;
    }

    void rewind() {
        sql.update(SINK_OFFSETS).set(SINK_OFFSETS.NEXT, 0L).execute();
        next = 0;
    }

    BigInteger dailySpend() {
        return sql.select(sum(DAILY_USER_SPEND.SPEND_PICO))
                .from(DAILY_USER_SPEND)
                .fetchSingle()
                .value1()
                .toBigIntegerExact();
    }

    static SpendBatch batch(TopicPartition partition, long from, List<SpendEvent> events) {
        List<Delivery> deliveries = new ArrayList<>();
        for (SpendEvent event : events) {
            long offset = from + deliveries.size();
            deliveries.add(
                    new Delivery(
                            event,
                            new ConsumerRecord<>(
                                    partition.topic(),
                                    partition.partition(),
                                    offset,
                                    new byte[0],
                                    new byte[0])));
        }
        var move = new OffsetMove(partition, from, from + events.size());
        return new SpendBatch(deliveries, List.of(), List.of(move), null);
    }
}

package dev.sluice.spend;

import static dev.sluice.spend.db.Tables.SPEND_EVENTS;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.testkit.KafkaBroker;
import dev.sluice.testkit.KafkaExtension;
import dev.sluice.testkit.PostgresDatabase;
import dev.sluice.testkit.PostgresExtension;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.stream.IntStream;

/** Kafka gives a partition to another sink while the first is in the middle of a transaction. */
@ExtendWith({KafkaExtension.class, PostgresExtension.class})
class TwoSinksIT {

    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private final SpendBench bench;
    private final PostgresDatabase postgres;

    TwoSinksIT(KafkaBroker kafka, PostgresDatabase postgres) throws Exception {
        bench = SpendBench.fresh(kafka, postgres);
        this.postgres = postgres;
    }

    @AfterEach
    void close() {
        bench.close();
    }

    @Test
    void oneOfTwoWinsAndNothingIsDoubled() throws Exception {
        PrometheusMeterRegistry secondMetrics = SpendBench.registry();
        try (Connection holder = connect();
                SpendAggregator second = bench.another(secondMetrics)) {
            startAndBook(100);
            DSLContext hold = holdOffsets(holder);
            bench.publish(calls(300));
            awaitWaitingBookers(1);

            second.start();
            throwAllOutOfTheGroup();
            awaitWaitingBookers(2);
            hold.execute("commit");

            await().atMost(PATIENCE)
                    .until(() -> fenced(bench.metrics()) + fenced(secondMetrics) >= 1);
            bench.drain();
            bench.publish(calls(100));
            bench.drain();
        }

        assertThat(bench.totalPico()).isEqualTo(500);
        assertThat(bench.sql().fetchCount(SPEND_EVENTS)).isEqualTo(500);
    }

    @Test
    void theOtherGoesOnWhenOneIsKilledInItsTransaction() throws Exception {
        PrometheusMeterRegistry secondMetrics = SpendBench.registry();
        try (Connection holder = connect();
                SpendAggregator second = bench.another(secondMetrics)) {
            startAndBook(100);
            DSLContext hold = holdOffsets(holder);
            bench.publish(calls(300));
            awaitWaitingBookers(1);

            // As the server sees it when the process dies.
            bench.sql()
                    .fetch(
                            "select pg_terminate_backend(pid) from pg_stat_activity where "
                                    + WAITING_BOOKERS);
            second.start();
            hold.execute("commit");
            bench.drain();
        }

        assertThat(bench.totalPico()).isEqualTo(400);
        assertThat(bench.sql().fetchCount(SPEND_EVENTS)).isEqualTo(400);
    }

    private static final String WAITING_BOOKERS =
            "datname = current_database() and application_name = 'sluice-spend'"
                    + " and wait_event_type = 'Lock' and query like '%sink_offsets%'";

    private void startAndBook(int count) throws Exception {
        bench.start();
        bench.publish(calls(count));
        bench.drain();
    }

    /** Whoever books now stands still in the middle of its transaction. */
    private static DSLContext holdOffsets(Connection connection) {
        DSLContext hold = DSL.using(connection);
        hold.execute("begin");
        hold.fetch("select 1 from sink_offsets for update");
        return hold;
    }

    private void awaitWaitingBookers(int count) {
        await().atMost(PATIENCE)
                .until(
                        () ->
                                bench.sql()
                                        .fetchSingle(
                                                "select count(*) from pg_stat_activity where "
                                                        + WAITING_BOOKERS)
                                        .get(0, Integer.class),
                        waiting -> waiting >= count);
    }

    private void throwAllOutOfTheGroup() throws Exception {
        try (Admin admin = Admin.create(bench.kafka().client("test-admin"))) {
            admin.removeMembersFromConsumerGroup(
                            SpendSink.GROUP, new RemoveMembersFromConsumerGroupOptions())
                    .all()
                    .get();
        }
    }

    private Connection connect() throws Exception {
        return DriverManager.getConnection(
                postgres.jdbcUrl(), postgres.user(), postgres.password());
    }

    private static double fenced(PrometheusMeterRegistry metrics) {
        return metrics.get("sluice.sink.fenced").counter().count();
    }

    private static SpendEvent[] calls(int count) {
        return IntStream.range(0, count)
                .mapToObj(_ -> TestCall.make().costing(1).event())
                .toArray(SpendEvent[]::new);
    }
}

package dev.sluice.spend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.jooq.impl.DSL.table;

import dev.sluice.embedded.EmbeddedPostgres;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.testkit.KafkaBroker;
import dev.sluice.testkit.KafkaExtension;
import dev.sluice.testkit.PostgresDatabase;

import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/** The whole aggregator behind a real PgBouncer in transaction mode, its migrations included. */
@ExtendWith(KafkaExtension.class)
@EnabledIf(value = "dev.sluice.spend.PgBouncer#isInstalled", disabledReason = "no pgbouncer here")
class PgBouncerIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final List<String> COMPARED =
            List.of(
                    "select event_id, started_at, user_id, tags, cost_pico, input_tokens, status,"
                            + " cache_key from spend_events",
                    "select user_id, date, api_key, model, provider, spend_pico, api_requests,"
                            + " prompt_tokens from daily_user_spend",
                    "select tag, date, api_key, model, spend_pico, api_requests"
                            + " from daily_tag_spend",
                    "select hour, user_id, team_id, api_key, model, spend_pico, failed_requests"
                            + " from hourly_spend");

    @Test
    void booksTheSameRowsAsWithoutIt(KafkaBroker kafka, @TempDir Path folder) throws Exception {
        SpendEvent[] events = traffic(3_000);
        try (EmbeddedPostgres server = EmbeddedPostgres.start(folder.resolve("data"), 0);
                PgBouncer bouncer = bouncer(server)) {
            book(kafka, database(server, bouncer.port(), "postgres"), events);
            DSLContext direct = sql(database(server, server.port(), "postgres"));
            direct.execute("create database compared");
            PostgresDatabase other = database(server, server.port(), "compared");
            book(kafka, other, events);

            for (String rows : COMPARED) {
                assertThat(fingerprint(direct, rows)).isEqualTo(fingerprint(sql(other), rows));
            }
            assertThat(direct.fetchValue("select count(*) from spend_events")).hasToString("3000");
        }
    }

    @Test
    void keepsAccountsBehindIt(KafkaBroker kafka, @TempDir Path folder) throws Exception {
        try (EmbeddedPostgres server = EmbeddedPostgres.start(folder.resolve("data"), 0);
                PgBouncer bouncer = bouncer(server)) {
            var bench = new AccountsBench(kafka, database(server, bouncer.port(), "postgres"));
            try {
                bench.start();
                await().atMost(PATIENCE).until(() -> bench.get("/key/list").status() == 200);

                bench.post("/team/new", "{\"team_id\": \"red\"}").ok();
                for (int i = 0; i < 20; i++) {
                    bench.post("/key/generate", "{\"team_id\": \"red\", \"max_budget\": 1.5}").ok();
                }

                DSLContext direct = sql(database(server, server.port(), "postgres"));
                assertThat(direct.fetchValue("select count(*) from account_keys"))
                        .hasToString("20");
                assertThat(
                                direct.fetchValue(
                                        "select sum(max_budget) from \"LiteLLM_VerificationToken\""
                                                + " where team_id = 'red' and spend = 0"))
                        .hasToString("30.000000000000");
                await().atMost(PATIENCE)
                        .until(() -> direct.fetchCount(table("account_outbox")) == 0);
            } finally {
                bench.close();
            }
        }
    }

    private static void book(KafkaBroker kafka, PostgresDatabase database, SpendEvent[] events)
            throws Exception {
        try (SpendBench bench = SpendBench.fresh(kafka, database)) {
            bench.publish(events);
            bench.start();
            bench.drain();
            assertThat(bench.logs("?limit=10")).hasSize(10);
            assertThat(bench.sql().fetch(SpendBench.SEED_DAILY)).isEmpty();
            assertThat(bench.counter("booked")).isEqualTo(events.length);
        }
    }

    private static PgBouncer bouncer(EmbeddedPostgres server) throws Exception {
        // Not below the test's folder: another user must get in.
        Path own = Files.createTempDirectory("sluice-test-pgbouncer-");
        return PgBouncer.start(own, server.port(), server.user(), server.password());
    }

    private static PostgresDatabase database(EmbeddedPostgres server, int port, String name) {
        return new PostgresDatabase(
                "jdbc:postgresql://127.0.0.1:%d/%s".formatted(port, name),
                server.user(),
                server.password());
    }

    private static DSLContext sql(PostgresDatabase database) throws Exception {
        return DSL.using(
                DriverManager.getConnection(
                        database.jdbcUrl(), database.user(), database.password()));
    }

    private static @Nullable Object fingerprint(DSLContext sql, String rows) {
        return sql.fetchValue(
                "select count(*) || md5(string_agg(r::text, '|' order by r::text)) from (%s) r"
                        .formatted(rows));
    }

    private static SpendEvent[] traffic(int count) {
        var traffic = new Traffic(5);
        return IntStream.range(0, count).mapToObj(_ -> traffic.next()).toArray(SpendEvent[]::new);
    }
}

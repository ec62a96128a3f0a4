package dev.sluice.spend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;
import dev.sluice.spend.accounts.AccountDefaults;
import dev.sluice.spend.accounts.AccountSettings;
import dev.sluice.testkit.KafkaBroker;
import dev.sluice.testkit.KafkaExtension;
import dev.sluice.testkit.PostgresDatabase;
import dev.sluice.testkit.PostgresExtension;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What {@code database_connection_pool_limit} and {@code database_connection_timeout} do. */
@ExtendWith({KafkaExtension.class, PostgresExtension.class})
class PoolLimitsIT {

    private static final String OURS =
            "select count(*) from pg_stat_activity where datname = current_database()"
                    + " and application_name in ('sluice-spend', 'sluice-accounts')";

    private final HttpClient http = HttpClient.newHttpClient();
    private final KafkaBroker kafka;
    private final PostgresDatabase postgres;

    PoolLimitsIT(KafkaBroker kafka, PostgresDatabase postgres) {
        this.kafka = kafka;
        this.postgres = postgres;
    }

    @Test
    void neverTakesMoreConnectionsThanTheLimit() throws Exception {
        try (Connection connection = connect();
                var aggregator = aggregator(2, Duration.ofSeconds(60))) {
            DSLContext sql = DSL.using(connection);
            aggregator.start();
            await().atMost(Duration.ofSeconds(30)).until(aggregator::ready);
            await().atMost(Duration.ofSeconds(30))
                    .until(() ->
                            http.send(request(aggregator, "/key/list"), BodyHandlers.ofString())
                                            .statusCode()
                                    != 503);
            int most = 0;
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                answers.add(
                        http.sendAsync(
                                request(aggregator, i % 2 == 0 ? "/spend/logs" : "/key/list"),
                                BodyHandlers.ofString()));
                most = Math.max(most, sql.fetchSingle(OURS).get(0, Integer.class));
            }
            for (var answer : answers) {
                // A management call without an ingress' word on who calls is refused after a look.
                assertThat(answer.get().statusCode()).as(answer.get().body()).isIn(200, 401, 403);
                most = Math.max(most, sql.fetchSingle(OURS).get(0, Integer.class));
            }
            assertThat(most).isEqualTo(2);
        }
    }

    @Test
    void answersThatItCannotReadNowWhenThePoolStaysExhausted() throws Exception {
        Duration patience = Duration.ofMillis(1_500);
        try (Connection connection = connect();
                var aggregator = aggregator(2, patience)) {
            aggregator.start();
            await().atMost(Duration.ofSeconds(30)).until(aggregator::ready);
            DSLContext sql = DSL.using(connection);
            sql.execute("begin");
            sql.execute("lock table spend_events in access exclusive mode");
            // The one connection for readers and the sink stands still in this one.
            var stuck = http.sendAsync(request(aggregator, "/spend/logs"), BodyHandlers.ofString());
            await().until(() ->
                    sql.fetchSingle(OURS + " and wait_event_type = 'Lock'").get(0, Integer.class)
                            == 1);

            long startedAt = System.nanoTime();
            HttpResponse<String> refused =
                    http.send(request(aggregator, "/spend/logs"), BodyHandlers.ofString());
            Duration waited = Duration.ofNanos(System.nanoTime() - startedAt);
            sql.execute("commit");

            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).contains("\"error\"").contains("try again");
            assertThat(waited).isBetween(patience.minusMillis(100), patience.plusSeconds(4));
            assertThat(stuck.get().statusCode()).isEqualTo(200);
        }
    }

    private SpendAggregator aggregator(int limit, Duration timeout) {
        var settings =
                new SpendAggregatorSettings(
                                "127.0.0.1",
                                0,
                                KafkaSettings.of(kafka.bootstrapServers()),
                                postgres.jdbcUrl(),
                                postgres.user(),
                                new Secret(postgres.password()),
                                10,
                                new Secret("service"))
                        .withPool(limit, timeout)
                        .withAccounts(
                                new AccountSettings(
                                        new Secret("signing"),
                                        ZoneId.of("UTC"),
                                        AccountDefaults.NONE));
        return new SpendAggregator(settings, new SimpleMeterRegistry());
    }

    private static HttpRequest request(SpendAggregator aggregator, String path) {
        return HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:%d%s".formatted(aggregator.port(), path)))
                .header("Authorization", "Bearer service")
                .build();
    }

    private Connection connect() throws Exception {
        return DriverManager.getConnection(
                postgres.jdbcUrl(), postgres.user(), postgres.password());
    }
}

package dev.sluice.spend;

import static dev.sluice.spend.db.Tables.DAILY_USER_SPEND;
import static dev.sluice.spend.db.Tables.SPEND_EVENTS;

import static org.jooq.impl.DSL.sum;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.embedded.EmbeddedKafka;
import dev.sluice.embedded.EmbeddedPostgres;
import dev.sluice.schemas.KafkaTopics;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;
import dev.sluice.schemas.events.SpendEvent;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * How fast one sink books a backlog: fills the topic, then lets the sink at it and looks on.
 *
 * <p>Kafka runs in this process, PostgreSQL as the usual durable child process. Arguments: how many
 * events, how many seconds at most, an empty folder, {@code pgbouncer} to have one in between, and
 * {@code name=value} for a setting of PostgreSQL other than the embedded server's.
 */
final class SinkBenchmark {

    private static final PrintStream OUT = System.out;
    private static final int PARTITIONS = 12;
    private static final int REPORT_SECONDS = 2;

    private SinkBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        int events = Integer.parseInt(arguments[0]);
        Duration longest = Duration.ofSeconds(Long.parseLong(arguments[1]));
        Path folder = Path.of(arguments[2]);
        List<String> options = List.of(arguments).subList(3, arguments.length);
        boolean pooled = options.contains("pgbouncer");
        Map<String, String> postgresSettings =
                options.stream()
                        .filter(option -> option.contains("="))
                        .map(option -> option.split("=", 2))
                        .collect(Collectors.toMap(option -> option[0], option -> option[1]));
        try (EmbeddedKafka broker = EmbeddedKafka.start(folder.resolve("kafka"), 0);
                EmbeddedPostgres postgres =
                        EmbeddedPostgres.start(
                                folder.resolve("postgres"),
                                folder.resolve("binaries"),
                                0,
                                postgresSettings);
                PgBouncer bouncer = pooled ? bouncer(folder, postgres) : null) {
            var kafka = new KafkaSettings(broker.bootstrapServers(), Map.of(), PARTITIONS);
            KafkaTopics.ensure(kafka, Topics.SPEND, Topics.DEAD_LETTERS);
            fill(kafka, events);
            measure(settings(kafka, postgres, bouncer), events, longest);
        }
    }

    private static PgBouncer bouncer(Path folder, EmbeddedPostgres postgres) throws IOException {
        Path own = Files.createDirectory(folder.resolve("pgbouncer"));
        return PgBouncer.start(own, postgres.port(), postgres.user(), postgres.password());
    }

    private static void fill(KafkaSettings kafka, int events) {
        Map<String, Object> client = kafka.client("bench");
        client.put("compression.type", "zstd");
        client.put("linger.ms", 20);
        client.put("batch.size", 64 * 1024);
        long startedAt = System.nanoTime();
        long bytes = 0;
        try (var producer =
                new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer())) {
            var traffic = new Traffic(1);
            for (int i = 0; i < events; i++) {
                SpendEvent event = traffic.next();
                byte[] value = Topics.SPEND.codec().encode(event);
                bytes += value.length;
                var _ =
                        producer.send(
                                new ProducerRecord<>(
                                        Topics.SPEND.name(),
                                        event.requestId().toString().getBytes(UTF_8),
                                        value));
            }
        }
        OUT.printf(
                "filled: %,d events, %d bytes each, %.1f s%n",
                events, bytes / events, seconds(startedAt));
    }

    private static void measure(SpendAggregatorSettings settings, int events, Duration longest)
            throws InterruptedException {
        var metrics = new SimpleMeterRegistry();
        var ended = new CountDownLatch(1);
        try (var aggregator = new SpendAggregator(settings, metrics)) {
            long askedAt = System.nanoTime();
            aggregator.start();
            Counter booked = metrics.get("sluice.sink.events").tag("outcome", "booked").counter();
            while (booked.count() == 0) {
                ended.await(1, TimeUnit.MILLISECONDS);
            }
            double first = booked.count();
            OUT.printf("first batch booked after %.1f s%n", seconds(askedAt));
            long startedAt = System.nanoTime();
            double last = first;
            while (booked.count() < events && seconds(startedAt) < longest.toSeconds()) {
                ended.await(REPORT_SECONDS, TimeUnit.SECONDS);
                double rate = (booked.count() - last) / REPORT_SECONDS;
                OUT.printf("%5.1f s %,9.0f events/s%n", seconds(startedAt), rate);
                last = booked.count();
            }
            double took = seconds(startedAt);
            var batches = metrics.get("sluice.sink.batch").timer();
            OUT.printf(
                    "booked %,.0f in %.1f s: %,.0f events/s; %d batches, %.0f ms each%n",
                    booked.count() - first,
                    took,
                    (booked.count() - first) / took,
                    batches.count(),
                    batches.mean(TimeUnit.MILLISECONDS));
        }
        check(settings);
    }

    private static void check(SpendAggregatorSettings settings) {
        try (var database = new Database(settings)) {
            var ledger =
                    database.sql()
                            .select(sum(SPEND_EVENTS.COST_PICO))
                            .from(SPEND_EVENTS)
                            .fetchSingle()
                            .value1();
            var days =
                    database.sql()
                            .select(sum(DAILY_USER_SPEND.SPEND_PICO))
                            .from(DAILY_USER_SPEND)
                            .fetchSingle()
                            .value1();
            OUT.printf("ledger %s, days %s%n", ledger, days);
        }
    }

    private static SpendAggregatorSettings settings(
            KafkaSettings kafka, EmbeddedPostgres postgres, @Nullable PgBouncer bouncer) {
        int port = bouncer == null ? postgres.port() : bouncer.port();
        return new SpendAggregatorSettings(
                "127.0.0.1",
                0,
                kafka,
                "jdbc:postgresql://127.0.0.1:%d/postgres".formatted(port),
                postgres.user(),
                new Secret(postgres.password()),
                4,
                new Secret("service"));
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }
}

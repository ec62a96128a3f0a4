package dev.sluice.spend;

import static dev.sluice.spend.db.Tables.DAILY_USER_SPEND;
import static dev.sluice.spend.db.Tables.LATE_SPEND_EVENTS;
import static dev.sluice.spend.db.Tables.SINK_OFFSETS;
import static dev.sluice.spend.db.Tables.SPEND_EVENTS;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.jooq.impl.DSL.sum;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.sluice.embedded.EmbeddedPostgres;
import dev.sluice.schemas.KafkaTopics;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.testkit.KafkaBroker;
import dev.sluice.testkit.PostgresDatabase;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** An aggregator on empty topics and tables, with what it takes to feed and to question it. */
final class SpendBench implements AutoCloseable {

    /** As the seed writes them. */
    static final String SEED_DAILY =
            """
            SELECT
            date ,
            SUM (spend) as daily_spend,
            SUM (api_requests) as requests
            FROM "LiteLLM_DailyUserSpend"
            WHERE date >= CURRENT_DATE - INTERVAL '30 days'
            AND user_id = 'user-123'
            GROUP BY date ;
            """;

    static final String SEED_LOGS =
            """
            SELECT
            DATE ( "startTime" ) as date ,
            SUM (spend) as daily_spend,
            COUNT ( * ) as requests
            FROM "LiteLLM_SpendLogs"
            WHERE "startTime" >= CURRENT_DATE - INTERVAL '30 days'
            AND "user" = 'user-123'
            GROUP BY date ;
            """;

    private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(60);
    private static final int PARTITIONS = 3;
    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    /** What came back. */
    record Answer(int status, String text) {

        JsonNode json() throws IOException {
            return JSON.readTree(text);
        }
    }

    private final KafkaSettings kafka;
    private final HttpClient http = HttpClient.newHttpClient();
    private final KafkaProducer<byte[], byte[]> producer;
    private SpendAggregatorSettings settings;
    private Database database;
    private @Nullable SpendAggregator aggregator;
    private PrometheusMeterRegistry metrics = registry();

    private SpendBench(KafkaSettings kafka, PostgresDatabase postgres) {
        this.kafka = kafka;
        settings = settings(postgres.jdbcUrl(), postgres.user(), postgres.password());
        database = new Database(settings);
        producer =
                new KafkaProducer<>(
                        kafka.client("test-producer"),
                        new ByteArraySerializer(),
                        new ByteArraySerializer());
    }

    static SpendBench fresh(KafkaBroker broker, PostgresDatabase postgres) throws Exception {
        var kafka = new KafkaSettings(broker.bootstrapServers(), Map.of(), PARTITIONS);
        var bench = new SpendBench(kafka, postgres);
        bench.recreateTopics();
        bench.emptyTables();
        return bench;
    }

    SpendAggregator aggregator() {
        return requireNonNull(aggregator);
    }

    PrometheusMeterRegistry metrics() {
        return metrics;
    }

    DSLContext sql() {
        return database.sql();
    }

    void start() {
        metrics = registry();
        aggregator = new SpendAggregator(settings, metrics);
        aggregator.start();
    }

    void stop() {
        if (aggregator != null) {
            aggregator.close();
            aggregator = null;
        }
    }

    /** A second one in the same group. */
    SpendAggregator another() {
        return aggregator(settings);
    }

    SpendAggregator aggregator(SpendAggregatorSettings other) {
        return new SpendAggregator(other, registry());
    }

    SpendAggregator another(PrometheusMeterRegistry registry) {
        return new SpendAggregator(settings, registry);
    }

    KafkaSettings kafka() {
        return kafka;
    }

    /** Goes on with another server. */
    void use(EmbeddedPostgres postgres) {
        database.close();
        settings = settings(postgres.jdbcUrl(), postgres.user(), postgres.password());
        database = new Database(settings);
    }

    void publish(SpendEvent... events) throws Exception {
        List<java.util.concurrent.Future<?>> sent = new ArrayList<>();
        for (SpendEvent event : events) {
            sent.add(
                    producer.send(
                            new ProducerRecord<>(
                                    Topics.SPEND.name(),
                                    event.requestId().toString().getBytes(UTF_8),
                                    Topics.SPEND.codec().encode(event))));
        }
        for (var answer : sent) {
            answer.get();
        }
    }

    void publishRaw(String key, byte[] value) throws Exception {
        producer.send(new ProducerRecord<>(Topics.SPEND.name(), key.getBytes(UTF_8), value)).get();
    }

    void drain() throws InterruptedException {
        assertThat(aggregator().drain(DRAIN_TIMEOUT)).isTrue();
    }

    double counter(String outcome) {
        return metrics.get("sluice.sink.events").tag("outcome", outcome).counter().count();
    }

    /** The ledger's total and the days' total, which must be the same. */
    long totalPico() {
        BigDecimal events =
                sql().select(sum(SPEND_EVENTS.COST_PICO)).from(SPEND_EVENTS).fetchSingle().value1();
        BigDecimal days =
                sql().select(sum(DAILY_USER_SPEND.SPEND_PICO))
                        .from(DAILY_USER_SPEND)
                        .fetchSingle()
                        .value1();
        assertThat(days).isEqualByComparingTo(events);
        return events.longValueExact();
    }

    JsonNode logs(String query) throws Exception {
        Answer answer = get("/spend/logs" + query, "service");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    List<UUID> ids(String query) throws Exception {
        List<UUID> ids = new ArrayList<>();
        logs(query).forEach(row -> ids.add(UUID.fromString(row.path("request_id").asText())));
        return ids;
    }

    Answer get(String path, @Nullable String credential) throws Exception {
        var request =
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:%d%s".formatted(aggregator().port(), path)));
        if (credential != null) {
            request.header("Authorization", "Bearer " + credential);
        }
        HttpResponse<String> response =
                http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return new Answer(response.statusCode(), response.body());
    }

    /** The first record on the topic of dead letters. */
    ConsumerRecord<byte[], byte[]> deadLetter() {
        try (var consumer =
                new KafkaConsumer<>(
                        kafka.client("test-consumer"),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer())) {
            List<TopicPartition> partitions =
                    consumer.partitionsFor(Topics.DEAD_LETTERS.name()).stream()
                            .map(info -> new TopicPartition(info.topic(), info.partition()))
                            .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            var records =
                    await().until(
                                    () -> consumer.poll(Duration.ofMillis(500)),
                                    polled -> !polled.isEmpty());
            return records.iterator().next();
        }
    }

    static String header(ConsumerRecord<byte[], byte[]> letter, String name) {
        return new String(letter.headers().lastHeader(name).value(), UTF_8);
    }

    @Override
    public void close() {
        stop();
        producer.close();
        database.close();
    }

    private SpendAggregatorSettings settings(String jdbcUrl, String user, String password) {
        return new SpendAggregatorSettings(
                "127.0.0.1",
                0,
                kafka,
                jdbcUrl,
                user,
                new Secret(password),
                5,
                new Secret("service"));
    }

    private void emptyTables() {
        database.migrate();
        sql().truncate(SPEND_EVENTS).execute();
        sql().truncate(LATE_SPEND_EVENTS).execute();
        sql().execute(BooksFixture.EMPTY_TOTALS);
        sql().truncate(SINK_OFFSETS).execute();
    }

    /** Both topics, empty. */
    void recreateTopics() throws Exception {
        List<String> names = List.of(Topics.SPEND.name(), Topics.DEAD_LETTERS.name());
        try (Admin admin = Admin.create(kafka.client("test-admin"))) {
            Set<String> present = admin.listTopics().names().get();
            List<String> old = names.stream().filter(present::contains).toList();
            admin.deleteTopics(old).all().get();
            await().until(
                            () -> admin.listTopics().names().get(),
                            left -> names.stream().noneMatch(left::contains));
        }
        KafkaTopics.ensure(kafka, Topics.SPEND, Topics.DEAD_LETTERS);
    }

    static PrometheusMeterRegistry registry() {
        return new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    }
}

package dev.sluice.spend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.sluice.schemas.KafkaTopics;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.RecordSignature;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;
import dev.sluice.spend.accounts.AccountDefaults;
import dev.sluice.spend.accounts.AccountSettings;
import dev.sluice.testkit.KafkaBroker;
import dev.sluice.testkit.PostgresDatabase;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An aggregator that keeps accounts, the ingress' side of its HTTP, and a reader of its topic. */
final class AccountsBench implements AutoCloseable {

    static final Secret SIGNING_KEY = new Secret("signing");
    static final Caller MASTER = new Caller("proxy_admin", null, sha256("sk-master"));

    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HttpClient http = HttpClient.newHttpClient();
    private final KafkaSettings kafka;
    private final SpendAggregatorSettings settings;
    private final Database database;
    private SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private @Nullable SpendAggregator aggregator;

    /** Who calls, as the ingress says it. */
    record Caller(String role, @Nullable String user, String keyHash) {}

    /** What came back. */
    record Answer(int status, String text, @Nullable String changed) {

        JsonNode json() {
            try {
                return JSON.readTree(text);
            } catch (IOException e) {
                throw new AssertionError(text, e);
            }
        }

        Answer ok() {
            assertThat(status).as(text).isEqualTo(200);
            return this;
        }

        Answer refused(int expected, String type) {
            assertThat(status).as(text).isEqualTo(expected);
            JsonNode error = json().path("error");
            assertThat(error.path("type").asText()).as(text).isEqualTo(type);
            assertThat(error.path("code").asText()).isEqualTo(Integer.toString(expected));
            return this;
        }

        String text(String name) {
            return json().path(name).asText();
        }
    }

    AccountsBench(KafkaBroker broker, PostgresDatabase postgres) throws Exception {
        this(broker.bootstrapServers(), postgres, AccountDefaults.NONE);
        recreateTopic();
    }

    AccountsBench(String bootstrap, PostgresDatabase postgres, AccountDefaults defaults) {
        kafka = KafkaSettings.of(bootstrap);
        settings = settings(kafka, postgres, defaults);
        database = new Database(settings);
        database.migrate();
    }

    private AccountsBench(KafkaSettings kafka, SpendAggregatorSettings settings) {
        this.kafka = kafka;
        this.settings = settings;
        database = new Database(settings);
    }

    /** One whose database is not there. */
    static AccountsBench withoutDatabase(KafkaSettings kafka, PostgresDatabase nowhere) {
        return new AccountsBench(kafka, settings(kafka, nowhere, AccountDefaults.NONE));
    }

    private static SpendAggregatorSettings settings(
            KafkaSettings kafka, PostgresDatabase postgres, AccountDefaults defaults) {
        return new SpendAggregatorSettings(
                        "127.0.0.1",
                        0,
                        kafka,
                        postgres.jdbcUrl(),
                        postgres.user(),
                        new Secret(postgres.password()),
                        4,
                        new Secret("service"))
                .withAccounts(new AccountSettings(SIGNING_KEY, ZoneId.of("UTC"), defaults));
    }

    AccountsBench start() {
        metrics = new SimpleMeterRegistry();
        aggregator = new SpendAggregator(settings, metrics);
        aggregator.start();
        return this;
    }

    void stop() {
        if (aggregator != null) {
            aggregator.close();
            aggregator = null;
        }
    }

    SimpleMeterRegistry metrics() {
        return metrics;
    }

    DSLContext sql() {
        return database.sql();
    }

    KafkaSettings kafka() {
        return kafka;
    }

    /** An account's record is on the topic in this version, or a greater one. */
    void awaitPublished(String recordKey, long version) {
        await().atMost(PATIENCE)
                .until(() -> {
                    Account newest = believed().get(recordKey);
                    return newest != null && newest.version() >= version;
                });
    }

    Answer post(Caller caller, String path, String body) throws Exception {
        return call("POST", caller, path, body);
    }

    Answer post(String path, String body) throws Exception {
        return post(MASTER, path, body);
    }

    Answer get(Caller caller, String path) throws Exception {
        return call("GET", caller, path, null);
    }

    Answer get(String path) throws Exception {
        return get(MASTER, path);
    }

    Answer call(String method, Caller caller, String path, @Nullable String body) throws Exception {
        var request =
                HttpRequest.newBuilder(
                                URI.create(
                                        "http://127.0.0.1:%d%s"
                                                .formatted(
                                                        requireNonNull(aggregator).port(), path)))
                        .timeout(Duration.ofSeconds(30))
                        .header("Authorization", "Bearer service")
                        .header("x-sluice-caller-role", caller.role())
                        .header("x-sluice-caller-key", caller.keyHash())
                        .header("x-sluice-caller-address", "192.0.2.7")
                        .header("x-sluice-request-id", "0190-request")
                        .method(
                                method,
                                body == null
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body));
        if (caller.user() != null) {
            request.header("x-sluice-caller-user", caller.user());
        }
        HttpResponse<String> response =
                http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return new Answer(
                response.statusCode(),
                response.body(),
                response.headers().firstValue("x-sluice-changed").orElse(null));
    }

    /** Makes a user with a key, and says how he calls. */
    Caller user(String id, String more) throws Exception {
        Answer made = post("/user/new", "{\"user_id\": \"%s\"%s}".formatted(id, more)).ok();
        return new Caller("internal_user", id, sha256(made.text("key")));
    }

    /** What an ingress believes of the topic now. */
    Map<String, Account> believed() throws Exception {
        var signature = new RecordSignature(SIGNING_KEY);
        Map<String, Account> newest = new LinkedHashMap<>();
        for (var record : records()) {
            if (record.value() == null) {
                continue;
            }
            String key = new String(record.key(), UTF_8);
            var header = record.headers().lastHeader(RecordSignature.HEADER);
            if (signature.isOf(key, record.value(), header == null ? null : header.value())) {
                Account account = Topics.ACCOUNTS.codec().decode(record.value());
                Account known = newest.get(key);
                if (account.recordKey().equals(key)
                        && (known == null || known.version() < account.version())) {
                    newest.put(key, account);
                }
            }
        }
        return newest;
    }

    /** What an ingress believes of one account. */
    Account believed(String recordKey) throws Exception {
        return requireNonNull(believed().get(recordKey), recordKey);
    }

    /** Everything on the topic, as it is. */
    List<org.apache.kafka.clients.consumer.ConsumerRecord<byte[], byte[]>> records() {
        List<org.apache.kafka.clients.consumer.ConsumerRecord<byte[], byte[]>> all =
                new ArrayList<>();
        var partition = new TopicPartition(Topics.ACCOUNTS.name(), 0);
        try (var consumer =
                new KafkaConsumer<>(
                        kafka.client("test-consumer"),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(all::add);
            }
        }
        return all;
    }

    /** Puts something on the topic. */
    void forge(String key, byte @Nullable [] value, byte @Nullable [] signature) throws Exception {
        try (var producer =
                new KafkaProducer<>(
                        kafka.client("test-producer"),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            var record = new ProducerRecord<>(Topics.ACCOUNTS.name(), key.getBytes(UTF_8), value);
            if (signature != null) {
                record.headers().add(RecordSignature.HEADER, signature);
            }
            producer.send(record).get();
        }
    }

    void recreateTopic() throws Exception {
        try (Admin admin = Admin.create(kafka.client("test-admin"))) {
            if (admin.listTopics().names().get().contains(Topics.ACCOUNTS.name())) {
                admin.deleteTopics(List.of(Topics.ACCOUNTS.name())).all().get();
                await().until(
                                () -> admin.listTopics().names().get(),
                                left -> !left.contains(Topics.ACCOUNTS.name()));
            }
        }
        KafkaTopics.ensure(kafka, Topics.ACCOUNTS);
    }

    static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        stop();
        database.close();
    }
}

package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.schemas.Topics;
import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.RecordSignature;
import dev.sluice.schemas.events.BudgetState;
import dev.sluice.standalone.Fleet.Server;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;

/**
 * Attempts to get past accounts and limits by other ways than management calls: by records that
 * somebody puts onto the topics, and by calls whose money nobody would see. None gets further than
 * the test says.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FleetForgeryIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String EMBEDDER = "text-embedding-3-small";

    private Fleet fleet;
    private KafkaProducer<String, byte[]> forger;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        fleet =
                Fleet.start(
                        folder,
                        1,
                        EnumSet.allOf(Server.class),
                        "litellm_settings: {cache: true}\n");
        await().atMost(Duration.ofSeconds(60)).until(fleet::isReady);
        forger =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", broker()),
                        new StringSerializer(),
                        new ByteArraySerializer());
    }

    @AfterAll
    void stop() throws Exception {
        forger.close();
        fleet.close();
    }

    @Test
    void noRecordOnTheTopicOfAccountsUnblocksAKeyOrMakesAnAdmin() throws Exception {
        String user =
                fleet.manage("/user/new", "{\"user_id\":\"f\",\"user_role\":\"internal_user\"}")
                        .path("key")
                        .asText();
        JsonNode made = fleet.manage("/key/generate", "{\"user_id\":\"f\"}");
        String key = made.path("key").asText();
        String account = "key:" + made.path("token").asText();
        fleet.manage("/key/block", "{\"key\":\"%s\"}".formatted(key));
        List<ConsumerRecord<String, byte[]>> genuine = records(account);
        assertThat(genuine).hasSizeGreaterThanOrEqualTo(2);
        byte[] unblocked = genuine.getFirst().value();
        byte[] signature = signature(genuine.getFirst());
        byte[] admin = Topics.ACCOUNTS.codec().encode(admin(records("user:f").getLast().value()));

        put(Topics.ACCOUNTS.name(), account, unblocked, signature);
        put(Topics.ACCOUNTS.name(), account, unblocked, null);
        put(Topics.ACCOUNTS.name(), account, unblocked, new byte[32]);
        put(Topics.ACCOUNTS.name(), account, null, signature);
        put(Topics.ACCOUNTS.name(), account, null, null);
        put(Topics.ACCOUNTS.name(), "user:f", admin, null);
        put(Topics.ACCOUNTS.name(), "user:f", admin, signature);
        put(
                Topics.ACCOUNTS.name(),
                "user:f",
                admin,
                new RecordSignature(new dev.sluice.schemas.config.Secret("guess"))
                        .of("user:f", admin));

        // A change made later is seen only after all that was put there before it.
        fleet.manage("/user/update", "{\"user_id\":\"f\",\"user_alias\":\"after\"}");
        assertThat(fleet.chat(0, key, "x").statusCode()).isEqualTo(401);
        assertThat(fleet.fetch(0, user, "/user/list").statusCode()).isEqualTo(403);
        assertThat(fleet.post(0, user, "/user/new", "{}").statusCode()).isEqualTo(403);
        await().atMost(PATIENCE)
                .untilAsserted(() -> {
                    ConsumerRecord<String, byte[]> last = records(account).getLast();
                    assertThat(last.value()).isEqualTo(genuine.getLast().value());
                    assertThat(signature(last)).isEqualTo(signature(genuine.getLast()));
                });
    }

    /**
     * Budget states are not signed. One that says that nothing was spent lets an account spend
     * until the next true one; it opens nothing else, and the books know better.
     */
    @Test
    void aForgedBudgetStateLetsAnAccountSpendNoLongerThanUntilTheNextTrueOne() throws Exception {
        JsonNode made = fleet.manage("/key/generate", "{\"max_budget\":0.00002}");
        String key = made.path("key").asText();
        String account = "key:" + made.path("token").asText();
        spendUntilRefused(key, "gpt-4o-mini");
        awaitBooked(key);
        var spent = spent(key);
        String other = fleet.manage("/key/generate", "{}").path("token").asText();

        put(Topics.BUDGETS.name(), account, state("key:" + other, 0), null);
        put(Topics.BUDGETS.name(), account, "{".getBytes(UTF_8), null);
        put(Topics.BUDGETS.name(), account, new byte[0], null);
        assertThat(fleet.chat(0, key, "swapped").statusCode()).isEqualTo(400);

        put(Topics.BUDGETS.name(), account, state(account, Long.MIN_VALUE), null);
        put(Topics.BUDGETS.name(), account, null, null);
        put(Topics.BUDGETS.name(), account, state(account, 0), null);
        spendUntilRefused(key, "gpt-4o-mini");
        assertThat(spent(key)).isGreaterThanOrEqualTo(spent);
        fleet.manage("/key/block", "{\"key\":\"%s\"}".formatted(key));
        put(Topics.BUDGETS.name(), account, state(account, 0), null);
        assertThat(fleet.chat(0, key, "blocked").statusCode()).isEqualTo(401);
    }

    /** A state of more than was spent locks an account out until somebody sets its spend. */
    @Test
    void aForgedBudgetStateOfMuchMoneyDeniesUntilSomebodySetsTheSpend() throws Exception {
        JsonNode made = fleet.manage("/key/generate", "{\"max_budget\":5}");
        String key = made.path("key").asText();
        String account = "key:" + made.path("token").asText();
        assertThat(fleet.chat(0, key, "one").statusCode()).isEqualTo(200);
        awaitBooked(key);

        put(Topics.BUDGETS.name(), account, state(account, Long.MAX_VALUE), null);
        await().atMost(PATIENCE).until(() -> fleet.chat(0, key, "two").statusCode() == 400);

        fleet.manage("/key/update", "{\"key\":\"%s\",\"spend\":0}".formatted(key));
        await().atMost(PATIENCE).until(() -> fleet.chat(0, key, "three").statusCode() == 200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "streamed", "cancelled", "embedding", "text", "alias"})
    void everyKindOfCallSpendsTheBudget(String kind) throws Exception {
        String key =
                fleet.newKey(
                        "{\"max_budget\":%s,\"aliases\":{\"cheap\":\"gpt-4o-mini\"}}"
                                .formatted(kind.equals("embedding") ? "0.00000005" : "0.00005"));
        int[] calls = {0};

        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> spend(key, kind, calls[0]++) == 400);

        assertThat(fleet.chat(0, key, "other " + kind).statusCode()).isEqualTo(400);
        assertThat(fleet.chat(0, key, "other " + kind).body()).contains("budget_exceeded");
        awaitBooked(key);
        assertThat(spent(key)).isPositive();
    }

    @Test
    void anAnswerFromTheCacheIsNoWayAroundASpentBudget() {
        String key = fleet.newKey("{\"max_budget\":0.00002}");
        assertThat(fleet.chat(0, key, "kept").statusCode()).isEqualTo(200);
        spendUntilRefused(key, "gpt-4o-mini");
        awaitBooked(key);

        await().atMost(PATIENCE).until(() -> fleet.chat(0, key, "kept").statusCode() == 400);
    }

    @Test
    void failedCallsAndOtherRoutesCountAsRequests() {
        String key = fleet.newKey("{\"rpm_limit\":3}");
        fleet.scenario(
                """
                {"match":{"key":"key-a"},"profile":"instant","fault":{"status":400,"count":1}}\
                """);

        assertThat(call(key, "/v1/chat/completions", "gpt-4o", "failing").statusCode())
                .isEqualTo(400);
        assertThat(call(key, "/embeddings", EMBEDDER, "x").statusCode()).isEqualTo(200);
        assertThat(call(key, "/chat/completions", "gpt-4o-mini", "y").statusCode()).isEqualTo(200);

        for (String path : List.of("/v1/chat/completions", "/completions", "/v1/completions")) {
            assertThat(call(key, path, "gpt-4o-mini", "z").statusCode()).isEqualTo(429);
        }
        assertThat(call(key, "/v1/embeddings", EMBEDDER, "z").statusCode()).isEqualTo(429);
    }

    @Test
    void aRegeneratedKeyHasSpentWhatTheOldOneHad() {
        String user =
                fleet.manage("/user/new", "{\"user_id\":\"r\",\"user_role\":\"internal_user\"}")
                        .path("key")
                        .asText();
        String key = fleet.newKey("{\"user_id\":\"r\",\"max_budget\":0.00002}");
        spendUntilRefused(key, "gpt-4o-mini");
        awaitBooked(key);

        HttpResponse<String> again =
                fleet.post(0, user, "/key/regenerate", "{\"key\":\"%s\"}".formatted(key));

        assertThat(again.statusCode()).as(again.body()).isEqualTo(200);
        String newKey = Fleet.json(again).path("key").asText();
        assertThat(fleet.chat(0, newKey, "again").statusCode()).isEqualTo(400);
        assertThat(fleet.chat(0, key, "again").statusCode()).isEqualTo(401);
    }

    private int spend(String key, String kind, int number) throws Exception {
        String text = kind + number;
        return switch (kind) {
            case "plain" -> call(key, "/v1/chat/completions", "gpt-4o-mini", text).statusCode();
            case "alias" -> call(key, "/v1/chat/completions", "cheap", text).statusCode();
            case "text" -> call(key, "/v1/completions", "gpt-4o-mini", text).statusCode();
            case "embedding" -> call(key, "/v1/embeddings", EMBEDDER, text).statusCode();
            case "streamed" ->
                    fleet.post(
                                    0,
                                    key,
                                    "/v1/chat/completions",
                                    body("gpt-4o-mini", text)
                                            .replace("{\"model\"", "{\"stream\":true,\"model\""))
                            .statusCode();
            default -> cancelled(key, text);
        };
    }

    /** Reads the beginning of a long stream and leaves. */
    private int cancelled(String key, String text) throws Exception {
        byte[] body =
                body("gpt-4o-mini", text)
                        .replace(
                                "{\"model\"",
                                "{\"stream\":true,\"metadata\":{\"sim_output_tokens\":\"20000\"},\"model\"")
                        .getBytes(UTF_8);
        String head =
                "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n"
                        .formatted(key, body.length);
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), fleet.ingress(0).port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(head.getBytes(UTF_8));
            socket.getOutputStream().write(body);
            socket.getOutputStream().flush();
            String beginning = new String(socket.getInputStream().readNBytes(1_200), UTF_8);
            return Integer.parseInt(beginning.split(" ", 3)[1]);
        }
    }

    private void spendUntilRefused(String key, String model) {
        int[] calls = {0};
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() ->
                        call(key, "/v1/chat/completions", model, key + calls[0]++).statusCode()
                                == 400);
    }

    private HttpResponse<String> call(String key, String path, String model, String text) {
        return fleet.post(
                0,
                key,
                path,
                path.endsWith("embeddings")
                        ? "{\"model\":\"%s\",\"input\":\"%s\"}".formatted(model, text.repeat(50))
                        : path.contains("chat")
                                ? body(model, text)
                                : "{\"model\":\"%s\",\"prompt\":\"%s\"}".formatted(model, text));
    }

    private static String body(String model, String text) {
        return "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
                .formatted(model, text);
    }

    /** Until the sum of a key stands still. */
    private void awaitBooked(String key) {
        await().atMost(PATIENCE).until(() -> spent(key).signum() > 0);
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(700))
                .until(() -> spent(key), new Same<>());
    }

    /** Holds once the same value comes twice. */
    private static final class Same<T> implements java.util.function.Predicate<T> {
        private @Nullable T last;

        @Override
        public boolean test(T value) {
            boolean isSame = value.equals(last);
            last = value;
            return isSame;
        }
    }

    private java.math.BigDecimal spent(String key) {
        return Fleet.json(fleet.fetch(0, Fleet.MASTER_KEY, "/key/info?key=" + key))
                .at("/info/spend")
                .decimalValue();
    }

    private static byte[] state(String account, long spent) {
        return Topics.BUDGETS
                .codec()
                .encode(
                        new BudgetState(
                                account,
                                Instant.now(),
                                null,
                                spent,
                                spent,
                                Map.of(),
                                Instant.now()));
    }

    /** The same user as admin, with a later version. */
    private static Account admin(byte[] value) throws Exception {
        var user = (Account.User) Topics.ACCOUNTS.codec().decode(value);
        return new Account.User(
                user.id(),
                user.version() + 1_000,
                Account.Role.PROXY_ADMIN,
                false,
                user.models(),
                user.limits(),
                user.budgetId(),
                user.memberships());
    }

    private void put(String topic, String key, byte @Nullable [] value, byte @Nullable [] signature)
            throws Exception {
        var record = new ProducerRecord<>(topic, key, value);
        if (signature != null) {
            record.headers().add(RecordSignature.HEADER, signature);
        }
        forger.send(record).get();
    }

    private List<ConsumerRecord<String, byte[]>> records(String key) {
        List<ConsumerRecord<String, byte[]>> found = new ArrayList<>();
        try (var consumer =
                new KafkaConsumer<>(
                        Map.<String, Object>of("bootstrap.servers", broker()),
                        new StringDeserializer(),
                        new ByteArrayDeserializer())) {
            List<TopicPartition> partitions =
                    consumer.partitionsFor(Topics.ACCOUNTS.name()).stream()
                            .map(one -> new TopicPartition(one.topic(), one.partition()))
                            .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            var ends = consumer.endOffsets(partitions);
            while (!ends.entrySet().stream()
                    .allMatch(end -> consumer.position(end.getKey()) >= end.getValue())) {
                for (var record : consumer.poll(Duration.ofMillis(200))) {
                    if (key.equals(record.key())) {
                        found.add(record);
                    }
                }
            }
        }
        return found;
    }

    private static byte @Nullable [] signature(ConsumerRecord<String, byte[]> record) {
        Header header = record.headers().lastHeader(RecordSignature.HEADER);
        return header == null ? null : header.value();
    }

    private String broker() {
        return "127.0.0.1:" + fleet.port(Server.KAFKA);
    }
}

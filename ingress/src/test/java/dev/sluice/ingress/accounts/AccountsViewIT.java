package dev.sluice.ingress.accounts;

import static dev.sluice.ingress.accounts.TestingAccounts.SIGNATURE;
import static dev.sluice.ingress.accounts.TestingAccounts.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.KafkaTopics;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.Account.ApiKey;
import dev.sluice.schemas.accounts.RecordSignature;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;
import dev.sluice.testkit.KafkaBroker;
import dev.sluice.testkit.KafkaExtension;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

@ExtendWith(KafkaExtension.class)
class AccountsViewIT {

    private static final Logger LOGGER = LoggerFactory.getLogger(AccountsViewIT.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir Path data;
    private KafkaSettings kafka = KafkaSettings.of("unset");
    private KafkaProducer<String, byte[]> producer = producer(KafkaSettings.of("127.0.0.1:1"));
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();

    @BeforeEach
    void connect(KafkaBroker broker) throws Exception {
        kafka = KafkaSettings.of(broker.bootstrapServers());
        KafkaTopics.ensure(kafka, Topics.ACCOUNTS);
        producer.close(Duration.ZERO);
        producer = producer(kafka);
    }

    @AfterEach
    void disconnect() {
        producer.close();
    }

    @Test
    void believesNothingThatIsForgedUnsignedReplayedOrGone() throws Exception {
        String secret = "sk-" + UUID.randomUUID();
        ApiKey blocked = key(secret).version(10).blocked().build();
        ApiKey free = key(secret).version(11).build();
        String recordKey = free.recordKey();
        byte[] value = Topics.ACCOUNTS.codec().encode(free);
        byte[] older = Topics.ACCOUNTS.codec().encode(key(secret).version(9).build());
        byte[] newer = text("{\"v\":2,\"kind\":\"key\",\"id\":\"%s\",\"version\":12}", free);
        byte[] huge = text("{\"v\":1,\"kind\":\"key\",\"id\":\"%s\",\"version\":13}", free);
        try (AccountsView view = view("one")) {
            view.start();
            send(recordKey, Topics.ACCOUNTS.codec().encode(blocked), true);

            send(recordKey, value, false);
            send(recordKey, value, new RecordSignature(new Secret("theirs")).of(recordKey, value));
            send("key:" + "0".repeat(64), value, true);
            send(recordKey, value, SIGNATURE.of("key:" + "0".repeat(64), value));
            send(recordKey, older, true);
            send(recordKey, null, true);
            send(recordKey, newer, true);
            send(recordKey, (new String(huge, UTF_8) + " ".repeat(900_000)).getBytes(UTF_8), false);
            send(recordKey, text("not json %s", free), true);
            send(recordKey, new byte[0], true);
            String last = publish(key("sk-" + UUID.randomUUID()).build());

            await().atMost(PATIENCE).until(() -> view.hasSeen(last, 1));
            assertThat(blockedIn(view, secret)).isTrue();
            assertThat(count("unsigned")).isEqualTo(4);
            assertThat(count("wrong_key")).isEqualTo(1);
            assertThat(count("older")).isEqualTo(1);
            assertThat(count("without_value")).isEqualTo(1);
            assertThat(count("newer_schema")).isEqualTo(1);
            assertThat(count("unreadable")).isEqualTo(2);
        }
    }

    @Test
    void takesOverEverythingAtTheStartAndThenFollows() throws Exception {
        String secret = "sk-" + UUID.randomUUID();
        publish(key(secret).build());
        try (AccountsView view = view("one")) {
            view.start();
            await().atMost(PATIENCE).until(view::caughtUp);
            assertThat(blockedIn(view, secret)).isFalse();

            String recordKey = publish(key(secret).version(2).blocked().build());
            assertThat(view.awaitVersions(Map.of(recordKey, 2L), PATIENCE)).isTrue();
            assertThat(blockedIn(view, secret)).isTrue();
        }
        try (var next =
                new AccountsView(
                        KafkaSettings.of("127.0.0.1:1"), SIGNATURE, data.resolve("one"), metrics)) {
            next.start();
            assertThat(next.caughtUp()).isFalse();
            assertThat(blockedIn(next, secret)).isTrue();
        }
    }

    @Test
    void makesAChangeEffectiveInThreeViewsWithinASecondAThousandTimesInARow() throws Exception {
        String secret = "sk-" + UUID.randomUUID();
        String recordKey = key(secret).build().recordKey();
        long slowest = 0;
        long total = 0;
        try (AccountsView one = view("one");
                AccountsView two = view("two");
                AccountsView three = view("three")) {
            List<AccountsView> views = List.of(one, two, three);
            views.forEach(AccountsView::start);
            await().atMost(PATIENCE).until(() -> views.stream().allMatch(AccountsView::caughtUp));

            for (long version = 1; version <= 1000; version++) {
                boolean isBlocked = version % 2 == 0;
                var changed = key(secret).version(version);
                publish(isBlocked ? changed.blocked().build() : changed.build());
                long begin = System.nanoTime();
                for (AccountsView view : views) {
                    assertThat(
                                    view.awaitVersions(
                                            Map.of(recordKey, version), Duration.ofSeconds(1)))
                            .as("version %d", version)
                            .isTrue();
                    assertThat(blockedIn(view, secret)).isEqualTo(isBlocked);
                }
                long took = System.nanoTime() - begin;
                slowest = Math.max(slowest, took);
                total += took;
            }
        }
        LOGGER.atInfo()
                .addKeyValue("slowestMillis", Duration.ofNanos(slowest).toMillis())
                .addKeyValue("meanMicros", Duration.ofNanos(total).toNanos() / 1_000_000)
                .log("1,000 changes in three views, from the broker's acknowledgement");
        assertThat(Duration.ofNanos(slowest)).isLessThan(Duration.ofSeconds(1));
    }

    private AccountsView view(String name) {
        return new AccountsView(kafka, SIGNATURE, data.resolve(name), metrics);
    }

    private static boolean blockedIn(AccountsView view, String secret) {
        var found = (Resolution.Found) view.resolve(KeyHash.of(secret), false);
        return found.accounts().key().blocked();
    }

    private double count(String outcome) {
        return metrics.get("sluice_account_records").tag("outcome", outcome).counter().count();
    }

    private String publish(Account account) throws Exception {
        send(account.recordKey(), Topics.ACCOUNTS.codec().encode(account), true);
        return account.recordKey();
    }

    private void send(String key, byte @Nullable [] value, boolean isSigned) throws Exception {
        byte[] signed = value == null ? new byte[0] : value;
        send(key, value, isSigned ? SIGNATURE.of(key, signed) : null);
    }

    private void send(String key, byte @Nullable [] value, byte @Nullable [] signature)
            throws Exception {
        var record = new ProducerRecord<>(Topics.ACCOUNTS.name(), key, value);
        if (signature != null) {
            record.headers().add(RecordSignature.HEADER, signature);
        }
        producer.send(record).get();
    }

    private static byte[] text(String format, ApiKey key) {
        return format.formatted(key.id()).getBytes(UTF_8);
    }

    private static KafkaProducer<String, byte[]> producer(KafkaSettings kafka) {
        return new KafkaProducer<>(
                kafka.client("test"), new StringSerializer(), new ByteArraySerializer());
    }
}

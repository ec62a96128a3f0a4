package dev.sluice.router;

import static dev.sluice.router.budgets.Accounts.key;
import static dev.sluice.router.budgets.Accounts.limits;
import static dev.sluice.router.budgets.EventBuilder.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.router.budgets.BudgetPolicy;
import dev.sluice.schemas.KafkaTopics;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.RecordSignature;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;
import dev.sluice.schemas.events.BudgetState;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.testkit.KafkaBroker;
import dev.sluice.testkit.KafkaExtension;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
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
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

@ExtendWith(KafkaExtension.class)
final class BudgetsIT {

    private static final Logger LOGGER = LoggerFactory.getLogger(BudgetsIT.class);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String SIGNING_KEY = "signing-key";
    private static final RecordSignature SIGNATURE = new RecordSignature(new Secret(SIGNING_KEY));

    @TempDir private Path directory;
    private final Map<String, @Nullable BudgetState> newest = new HashMap<>();
    private KafkaSettings kafka;
    private KafkaProducer<String, byte[]> producer;
    private KafkaConsumer<String, byte[]> consumer;

    @BeforeEach
    void open(KafkaBroker broker) throws Exception {
        kafka = KafkaSettings.of(broker.bootstrapServers());
        KafkaTopics.ensure(kafka, Topics.SPEND, Topics.ACCOUNTS, Topics.BUDGETS);
        producer =
                new KafkaProducer<>(
                        kafka.client("test"), new StringSerializer(), new ByteArraySerializer());
        Map<String, Object> committed = kafka.client("test");
        committed.put("isolation.level", "read_committed");
        consumer =
                new KafkaConsumer<>(
                        committed, new StringDeserializer(), new ByteArrayDeserializer());
        var partition = new TopicPartition(Topics.BUDGETS.name(), 0);
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
    }

    @AfterEach
    void close() {
        producer.close();
        consumer.close();
    }

    @Test
    void answersSpendWithStatesWithinASecond() throws Exception {
        String id = newKey();
        send(key(id, 1, limits(100L, "1h", Instant.now().minusSeconds(60))));
        var settings =
                new RouterWorkerSettings(
                        kafka,
                        directory,
                        new BudgetPolicy(new Secret(SIGNING_KEY), ZoneOffset.UTC, null, null));
        long begin = System.nanoTime();
        try (var worker = new RouterWorker(settings, new SimpleMeterRegistry())) {
            worker.start();
            await().pollInterval(Duration.ofMillis(10)).atMost(PATIENCE).until(worker::ready);
            long readyMillis = millisSince(begin);
            await().pollInterval(Duration.ofMillis(10))
                    .atMost(PATIENCE)
                    .until(worker::budgetsReady);
            long budgetsReadyMillis = millisSince(begin);
            long[] millis = new long[9];
            for (int i = 0; i < millis.length; i++) {
                begin = System.nanoTime();
                send(event(Instant.now()).key(id).costs(10).build());
                awaitSpent(id, 10L * (i + 1));
                millis[i] = millisSince(begin);
            }
            Arrays.sort(millis);
            LOGGER.atInfo()
                    .addKeyValue("ready_ms", readyMillis)
                    .addKeyValue("budgets_ready_ms", budgetsReadyMillis)
                    .addKeyValue("median_ms", millis[4])
                    .addKeyValue("slowest_ms", millis[8])
                    .log("spend to state");
            assertThat(millis[4]).isLessThan(1_000);
        }
    }

    @Test
    void countsEachEventOnceThoughItIsKilledInTheMiddle() throws Exception {
        int events = 2_000;
        String id = newKey();
        send(key(id, 1, limits(100L, null, Instant.now().minusSeconds(60))));
        Process worker = startProcess();
        try {
            for (int i = 0; i < events / 2; i++) {
                send(numbered(id, i));
            }
            await().atMost(PATIENCE).until(() -> spent(id) > 0);
            for (int i = events / 2; i < events; i++) {
                send(numbered(id, i));
            }
        } finally {
            worker.destroyForcibly().waitFor();
        }
        for (int i = 0; i < events; i += 7) {
            send(numbered(id, i));
        }
        Process successor = startProcess();
        try {
            awaitSpent(id, 10L * events);
            send(event(Instant.now()).key(id).costs(1).build());
            awaitSpent(id, 10L * events + 1);
        } finally {
            endOf(successor);
        }
    }

    private Process startProcess() throws Exception {
        return WorkerProcess.start(kafka.bootstrapServers(), directory, SIGNING_KEY);
    }

    /** Lets it leave its group, so that the next one need not wait until it is given up. */
    private static void endOf(Process worker) throws Exception {
        worker.getOutputStream().close();
        if (!worker.waitFor(10, TimeUnit.SECONDS)) {
            worker.destroyForcibly().waitFor();
        }
    }

    /** The same event for the same number. */
    private static SpendEvent numbered(String id, int number) {
        UUID request = UUID.nameUUIDFromBytes((id + number).getBytes(UTF_8));
        return event(Instant.now()).of(request, 1).key(id).costs(10).build();
    }

    private void awaitSpent(String id, long pico) {
        await().pollInterval(Duration.ofMillis(1))
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(spent(id)).isEqualTo(pico));
    }

    /** What the newest state of a key says, -1 without one. */
    private long spent(String id) throws Exception {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(10))) {
            newest.put(
                    record.key(),
                    record.value() == null ? null : Topics.BUDGETS.codec().decode(record.value()));
        }
        BudgetState state = newest.get(Account.ApiKey.recordKey(id));
        return state == null ? -1 : state.spentPico();
    }

    private void send(SpendEvent event) {
        var _ =
                producer.send(
                        new ProducerRecord<>(
                                Topics.SPEND.name(),
                                event.requestId().toString(),
                                Topics.SPEND.codec().encode(event)));
    }

    private void send(Account account) {
        byte[] value = Topics.ACCOUNTS.codec().encode(account);
        var record = new ProducerRecord<>(Topics.ACCOUNTS.name(), account.recordKey(), value);
        record.headers().add(RecordSignature.HEADER, SIGNATURE.of(account.recordKey(), value));
        var _ = producer.send(record);
    }

    private static String newKey() {
        return UUID.randomUUID().toString().replace("-", "").repeat(2);
    }

    private static long millisSince(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos).toMillis();
    }
}

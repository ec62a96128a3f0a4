package dev.sluice.spend.accounts;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.KafkaTopics;
import dev.sluice.schemas.NewerVersionException;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.UnreadableRecordException;
import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.RecordSignature;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.spend.accounts.AccountMetrics.Foreign;
import dev.sluice.spend.accounts.TopicTruth.Seen;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Watches the topic, so that it holds PostgreSQL's truth whatever others put there: compaction
 * keeps the last record of a key, and an ingress that starts later would see only that.
 *
 * <p>It reads from the beginning at the start, once an hour, and when the topic has become shorter;
 * in between it looks at every new record. Each instance has one: a record published twice is the
 * same record.
 */
final class Reconciler implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(Reconciler.class);
    private static final TopicPartition PARTITION = new TopicPartition(Topics.ACCOUNTS.name(), 0);
    private static final Duration POLL = Duration.ofMillis(250);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration PASS = Duration.ofHours(1);
    private static final Duration LOOK_AT_TOPIC = Duration.ofSeconds(10);

    /** A record of ours may be sent and out of the outbox, but not yet read here. */
    private static final Duration SETTLING = Duration.ofMillis(300);

    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);
    private static final int POLL_RECORDS = 500;

    private final DSLContext sql;
    private final BooleanSupplier tables;
    private final Accounts accounts;
    private final KafkaSettings kafka;
    private final RecordSignature signature;
    private final AccountMetrics metrics;
    private final Thread thread =
            Thread.ofPlatform().name("accounts-reconciler").unstarted(this::run);
    private final CountDownLatch stopping = new CountDownLatch(1);
    private volatile @Nullable Consumer<byte[], byte[]> reader;

    Reconciler(
            DSLContext sql,
            BooleanSupplier tables,
            Accounts accounts,
            KafkaSettings kafka,
            RecordSignature signature,
            AccountMetrics metrics) {
        this.sql = sql;
        this.tables = tables;
        this.accounts = accounts;
        this.kafka = kafka;
        this.signature = signature;
        this.metrics = metrics;
    }

    void start() {
        thread.start();
    }

    @Override
    public void close() {
        stopping.countDown();
        Consumer<?, ?> open = reader;
        if (open != null) {
            open.wakeup();
        }
        try {
            if (!thread.join(STOP_TIMEOUT)) {
                thread.interrupt();
            }
        } catch (IllegalThreadStateException _) {
            // It was never started.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (!isStopping()) {
                try {
                    pass();
                } catch (WakeupException e) {
                    return;
                } catch (RuntimeException | ExecutionException e) {
                    LOGGER.atWarn()
                            .addKeyValue("error", e.toString())
                            .log("the topic of accounts cannot be compared");
                    stopping.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void pass() throws ExecutionException, InterruptedException {
        if (!tables.getAsBoolean()) {
            stopping.await(POLL.toMillis(), TimeUnit.MILLISECONDS);
            return;
        }
        KafkaTopics.ensure(kafka, Topics.ACCOUNTS);
        var truth = new TopicTruth(sql, accounts);
        try (var consumer = consumer()) {
            reader = consumer;
            consumer.assign(List.of(PARTITION));
            consumer.seekToBeginning(List.of(PARTITION));
            truth.expect();
            readToEnd(consumer, truth);
            repaired(truth.repair() + truth.refill());
            follow(consumer, truth);
        } finally {
            reader = null;
        }
    }

    private void readToEnd(Consumer<byte[], byte[]> consumer, TopicTruth truth) {
        long end = end(consumer);
        while (!isStopping() && consumer.position(PARTITION) < end) {
            look(consumer, truth);
        }
    }

    /** Until the hour is over, or the topic is another one. */
    private void follow(Consumer<byte[], byte[]> consumer, TopicTruth truth)
            throws ExecutionException, InterruptedException {
        long startedAt = System.nanoTime();
        long lookedAt = startedAt;
        while (!isStopping() && System.nanoTime() - startedAt < PASS.toNanos()) {
            look(consumer, truth);
            if (consumer.currentLag(PARTITION).orElse(1) == 0 && truth.isWrongFor(SETTLING)) {
                repaired(truth.repair());
            }
            if (System.nanoTime() - lookedAt > LOOK_AT_TOPIC.toNanos()) {
                lookedAt = System.nanoTime();
                KafkaTopics.ensure(kafka, Topics.ACCOUNTS);
                if (end(consumer) < consumer.position(PARTITION)) {
                    return;
                }
            }
        }
    }

    private void look(Consumer<byte[], byte[]> consumer, TopicTruth truth) {
        Map<String, Seen> newest = new LinkedHashMap<>();
        for (var record : consumer.poll(POLL)) {
            if (record.key() != null) {
                String recordKey = new String(record.key(), UTF_8);
                newest.put(recordKey, judged(recordKey, record));
            }
        }
        truth.compare(newest);
    }

    private Seen judged(String recordKey, ConsumerRecord<byte[], byte[]> record) {
        byte[] value = record.value();
        if (value == null) {
            return foreign(Foreign.EMPTY);
        }
        Header header = record.headers().lastHeader(RecordSignature.HEADER);
        if (!signature.isOf(recordKey, value, header == null ? null : header.value())) {
            return foreign(Foreign.UNSIGNED);
        }
        try {
            Account account = Topics.ACCOUNTS.codec().decode(value);
            return account.recordKey().equals(recordKey)
                    ? new Seen(account.version(), ByteBuffer.wrap(value))
                    : foreign(Foreign.MISPLACED);
        } catch (NewerVersionException | UnreadableRecordException e) {
            return foreign(Foreign.UNREADABLE);
        }
    }

    private Seen foreign(Foreign why) {
        metrics.foreign(why);
        return new Seen(null, null);
    }

    private void repaired(int records) {
        if (records > 0) {
            metrics.repaired(records);
            LOGGER.atWarn()
                    .addKeyValue("records", records)
                    .log("the topic did not hold the accounts as they are: published again");
        }
    }

    private static long end(Consumer<?, ?> consumer) {
        return consumer.endOffsets(List.of(PARTITION)).getOrDefault(PARTITION, 0L);
    }

    private boolean isStopping() {
        return stopping.getCount() == 0;
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        Map<String, Object> settings = kafka.client("accounts-reconciler");
        settings.put("auto.offset.reset", "none");
        settings.put("enable.auto.commit", false);
        settings.put("max.poll.records", POLL_RECORDS);
        return new KafkaConsumer<>(
                settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
}

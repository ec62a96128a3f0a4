package dev.sluice.spend;

import dev.sluice.schemas.KafkaTopics;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.spend.SpendBooks.Outcome.Booked;
import dev.sluice.spend.SpendBooks.Outcome.Fenced;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Takes spend events from their topic into the books.
 *
 * <p>Work is done in sessions: join the group, read from the offsets that PostgreSQL holds, book
 * batch by batch. Whatever goes wrong (either server away, another sink in a partition) ends the
 * session with nothing half done; after a pause the next one begins. Nothing is remembered between
 * sessions, so that there is one way to recover, and it is taken at every start.
 */
final class SpendSink implements AutoCloseable {

    static final String GROUP = "sluice-spend-sink";

    private static final Logger LOGGER = LoggerFactory.getLogger(SpendSink.class);
    private static final int BATCH_RECORDS = 2_000;
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final Duration FINISH_TIMEOUT = Duration.ofSeconds(5);

    private final KafkaSettings kafka;
    private final Database database;
    private final Backlog backlog;
    private final SinkMetrics metrics;
    private final InstantSource clock;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Thread thread;

    private volatile SinkState state = new SinkState.Starting();
    private volatile @Nullable Consumer<byte[], byte[]> reader;
    private boolean migrated;

    SpendSink(
            KafkaSettings kafka,
            Database database,
            Backlog backlog,
            SinkMetrics metrics,
            InstantSource clock) {
        this.kafka = kafka;
        this.database = database;
        this.backlog = backlog;
        this.metrics = metrics;
        this.clock = clock;
        thread = Thread.ofPlatform().name("spend-sink").daemon().unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    SinkState state() {
        return state;
    }

    /** Finishes the batch in hand, 5 s at most, and leaves the group. */
    @Override
    public void close() {
        stopping.countDown();
        if (thread.getState() == Thread.State.NEW) {
            return;
        }
        Consumer<byte[], byte[]> current = reader;
        if (current != null) {
            current.wakeup();
        } else {
            // It has no batch in hand: it joins, or waits for a server.
            thread.interrupt();
        }
        try {
            if (!thread.join(FINISH_TIMEOUT)) {
                thread.interrupt();
                thread.join(FINISH_TIMEOUT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        var pause = new Pause();
        try {
            while (!isStopping() && !(state instanceof SinkState.Halted)) {
                oneSession(pause);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Error e) {
            LOGGER.atError()
                    .setCause(e)
                    .log("spend sink broke down: the service must be restarted");
            throw e;
        } finally {
            if (!(state instanceof SinkState.Halted)) {
                state = new SinkState.Stopped();
            }
        }
    }

    private void oneSession(Pause pause) throws InterruptedException {
        try {
            session(pause);
        } catch (WakeupException e) {
            return;
        } catch (ExecutionException | RuntimeException e) {
            if (isStopping()) {
                return;
            }
            pauses(e);
        }
        stopping.await(pause.nextMillis(), TimeUnit.MILLISECONDS);
    }

    private void session(Pause pause) throws ExecutionException, InterruptedException {
        if (!migrated) {
            database.migrate();
            migrated = true;
        }
        KafkaTopics.ensure(kafka, Topics.SPEND, Topics.DEAD_LETTERS);
        var books = new SpendBooks(database.sql(), Partitions.open(database.sql(), clock));
        try (var deadLetters = new DeadLetters(kafka);
                var consumer = consumer()) {
            reader = consumer;
            var positions = new Positions(consumer, new SinkOffsets(database.sql()));
            consumer.subscribe(List.of(Topics.SPEND.name()), positions);
            boolean goesOn = true;
            while (goesOn && !isStopping()) {
                goesOn = turn(consumer, positions, books, deadLetters);
                pause.reset();
            }
        } finally {
            reader = null;
        }
    }

    /** Reads and books once; false if the session is to end. */
    private boolean turn(
            Consumer<byte[], byte[]> consumer,
            Positions positions,
            SpendBooks books,
            DeadLetters deadLetters) {
        ConsumerRecords<byte[], byte[]> polled = consumer.poll(POLL);
        state = new SinkState.Running();
        SpendBatch batch = SpendBatch.read(polled, positions.next(), Topics.SPEND.codec());
        if (!batch.isEmpty()) {
            long startedAt = System.nanoTime();
            switch (books.book(batch, deadLetters::send)) {
                case Booked booked -> {
                    metrics.booked(booked, Duration.ofNanos(System.nanoTime() - startedAt));
                    positions.moved(batch.moves());
                    backlog.moved(batch.moves());
                    tellKafka(consumer, batch.moves());
                }
                case Fenced(OffsetMove move) -> {
                    fenced(move);
                    return false;
                }
            }
        }
        if (batch.newer() != null) {
            halt(batch.newer().getMessage());
            return false;
        }
        return true;
    }

    /** For tools that show a group's lag; nothing here depends on it. */
    private static void tellKafka(Consumer<?, ?> consumer, List<OffsetMove> moves) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        moves.forEach(move -> offsets.put(move.partition(), new OffsetAndMetadata(move.to())));
        consumer.commitAsync(
                offsets,
                (_, failure) -> {
                    if (failure != null) {
                        LOGGER.atDebug().setCause(failure).log("Kafka was not told the offsets");
                    }
                });
    }

    private void pauses(Exception failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        state = new SinkState.Waiting(root.getClass().getSimpleName());
        LOGGER.atWarn().addKeyValue("error", root.toString()).log("spend sink pauses");
        LOGGER.atDebug().setCause(failure).log("spend sink pauses");
    }

    private void fenced(OffsetMove move) {
        metrics.fenced();
        LOGGER.atWarn()
                .addKeyValue("partition", move.partition())
                .addKeyValue("offset", move.from())
                .log("another sink has booked here: joining the group again");
    }

    private void halt(@Nullable String reason) {
        state = new SinkState.Halted(String.valueOf(reason));
        metrics.halted();
        LOGGER.atError()
                .addKeyValue("reason", reason)
                .log("spend sink halted: a newer version of this service must go on");
    }

    private boolean isStopping() {
        return stopping.getCount() == 0;
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        Map<String, Object> settings = kafka.client("spend-sink");
        // Short, because a killed sink's partitions wait for it; brokers allow no less than 6 s.
        settings.putIfAbsent("session.timeout.ms", 6_000);
        settings.putIfAbsent("heartbeat.interval.ms", 2_000);
        settings.put("group.id", GROUP);
        // Spoken by every broker; the newer protocol leaves the session timeout to the broker.
        settings.put("group.protocol", "classic");
        settings.put("enable.auto.commit", false);
        settings.put("auto.offset.reset", "earliest");
        settings.put("isolation.level", "read_committed");
        settings.put("max.poll.records", BATCH_RECORDS);
        return new KafkaConsumer<>(
                settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Pauses between sessions: each twice the last, until a session gets on. */
    private static final class Pause {

        private Duration next = FIRST_PAUSE;

        long nextMillis() {
            Duration now = next;
            Duration doubled = now.multipliedBy(2);
            next = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
            return now.toMillis();
        }

        void reset() {
            next = FIRST_PAUSE;
        }
    }
}

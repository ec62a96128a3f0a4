package dev.sluice.spend;

import dev.sluice.schemas.KafkaTopics;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.spend.SpendBooks.Outcome.Booked;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.InstantSource;
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
final class SpendSink implements SinkSession.Listener, AutoCloseable {

    static final String GROUP = "sluice-spend-sink";

    private static final Logger LOGGER = LoggerFactory.getLogger(SpendSink.class);
    private static final int POLL_RECORDS = 5_000;
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
        SinkOffsets offsets = new SinkOffsets(database.sql());
        var books = new SpendBooks(database.sql(), Partitions.open(database.sql(), clock));
        try (var deadLetters = new DeadLetters(kafka);
                var consumer = consumer();
                var session = new SinkSession(consumer, offsets, books, deadLetters, this)) {
            reader = consumer;
            boolean goesOn = true;
            while (goesOn && !isStopping()) {
                goesOn = session.turn();
                if (goesOn) {
                    state = new SinkState.Running();
                }
                pause.reset();
            }
        } finally {
            reader = null;
        }
    }

    @Override
    public void booked(Booked booked, List<OffsetMove> moves, Duration took) {
        metrics.booked(booked, took);
        backlog.moved(moves);
    }

    @Override
    public void fenced(OffsetMove move) {
        metrics.fenced();
        LOGGER.atWarn()
                .addKeyValue("partition", move.partition())
                .addKeyValue("offset", move.from())
                .log("another sink has booked here: joining the group again");
    }

    @Override
    public void halted(String reason) {
        state = new SinkState.Halted(reason);
        metrics.halted();
        LOGGER.atError()
                .addKeyValue("reason", reason)
                .log("spend sink halted: a newer version of this service must go on");
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

    private boolean isStopping() {
        return stopping.getCount() == 0;
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        Map<String, Object> settings = kafka.client("spend-sink");
        // Short, because a killed sink's partitions wait for it; brokers allow no less than 6 s.
        settings.putIfAbsent("session.timeout.ms", 6_000);
        settings.putIfAbsent("heartbeat.interval.ms", 2_000);
        // A request to join waits as long for an answer that a killed coordinator never gives.
        settings.putIfAbsent("max.poll.interval.ms", 30_000);
        settings.put("group.id", GROUP);
        // Spoken by every broker; the newer protocol leaves the session timeout to the broker.
        settings.put("group.protocol", "classic");
        settings.put("enable.auto.commit", false);
        settings.put("auto.offset.reset", "earliest");
        settings.put("isolation.level", "read_committed");
        settings.put("max.poll.records", POLL_RECORDS);
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

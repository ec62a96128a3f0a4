package dev.sluice.router;

import dev.sluice.router.budgets.NewerRecordException;
import dev.sluice.schemas.KafkaTopics;
import dev.sluice.schemas.Topic;
import dev.sluice.schemas.config.KafkaSettings;

import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KafkaStreams.State;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * One Kafka Streams application that is begun, watched and begun again by one thread.
 *
 * <p>Kafka may be away at the start and later: it tries again every second. Where it met a record
 * that is newer than it knows, it tries again every 30 s, and says so in between.
 */
final class StreamsSupervisor implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(StreamsSupervisor.class);
    private static final Duration RETRY_PAUSE = Duration.ofSeconds(1);
    private static final Duration TURN_MAX = Duration.ofSeconds(10);
    private static final Duration HALTED_PAUSE = Duration.ofSeconds(30);

    /** Longer than a pause and a vain try: the alarm stays until a try is not in vain. */
    private static final Duration HALTED_FOR = Duration.ofSeconds(90);

    private static final Duration STREAMS_CLOSE = Duration.ofSeconds(3);
    private static final Duration CLOSE = Duration.ofSeconds(5);

    /**
     * Kafka's admin client, looking for brokers in vain, heeds no interruption: leave it to end.
     */
    private static final Duration CLOSE_IDLE = Duration.ofMillis(500);

    /** More failures than this of one application, and it is begun anew after a pause. */
    private static final int REPLACED_THREADS_MAX = 5;

    private final Application application;
    private final KafkaSettings kafka;
    private final RouterMetrics metrics;
    private final CompletableFuture<Void> closing = new CompletableFuture<>();
    private final CompletableFuture<Void> turn = new CompletableFuture<>();
    private final CompletableFuture<Void> tried = new CompletableFuture<>();
    private final Thread supervisor;

    private volatile @Nullable KafkaStreams streams;
    private volatile boolean wasHalted;
    private volatile long haltedAtNanos;

    StreamsSupervisor(Application application, KafkaSettings kafka, RouterMetrics metrics) {
        this.application = application;
        this.kafka = kafka;
        this.metrics = metrics;
        this.supervisor =
                Thread.ofPlatform().daemon().name(application.name).unstarted(this::supervise);
    }

    /**
     * What is supervised.
     *
     * @param name its application id, and its group's
     * @param topology called for every new beginning
     * @param topics that it needs, created where they are missing
     */
    record Application(
            String name,
            Supplier<Topology> topology,
            Properties properties,
            List<Topic<?>> topics) {

        Application {
            topics = List.copyOf(topics);
        }
    }

    /** Begins in the background, with or without Kafka. Returns at once. */
    void start() {
        turn.complete(null);
        supervisor.start();
    }

    /**
     * The same once another has begun or failed to, or after ten seconds: two at once would take
     * each other's processor in the first second of a process, and the other is waited for.
     */
    void startAfter(StreamsSupervisor other) {
        var _ = other.tried.whenComplete((_, _) -> turn.complete(null));
        supervisor.start();
    }

    /** Whether records are being processed now. */
    boolean ready() {
        KafkaStreams current = streams;
        return current != null && current.state() == State.RUNNING;
    }

    /**
     * Whether it stands still, or stood lately, before a record that only a newer worker can read.
     */
    boolean halted() {
        return wasHalted && System.nanoTime() - haltedAtNanos < HALTED_FOR.toNanos();
    }

    /** Says that it is to end, without waiting for it. */
    void leave() {
        closing.complete(null);
        if (streams == null) {
            supervisor.interrupt();
        }
    }

    /** Leaves the group and stops, within five seconds. */
    @Override
    public void close() {
        boolean isServing = streams != null;
        leave();
        try {
            if (supervisor.isAlive() && !supervisor.join(isServing ? CLOSE : CLOSE_IDLE)) {
                supervisor.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void supervise() {
        try {
            turn.completeOnTimeout(null, TURN_MAX.toMillis(), TimeUnit.MILLISECONDS);
            CompletableFuture.anyOf(turn, closing).join();
            boolean isOver = closing.isDone();
            while (!isOver) {
                serveUntilItFails();
                tried.complete(null);
                isOver = closesWithin(halted() ? HALTED_PAUSE : RETRY_PAUSE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serveUntilItFails() throws InterruptedException {
        try {
            KafkaTopics.ensure(impatient(kafka), application.topics.toArray(Topic<?>[]::new));
            serve();
        } catch (ExecutionException | KafkaException e) {
            LOGGER.atWarn()
                    .addKeyValue("application", application.name)
                    .addKeyValue("error", e.toString())
                    .log("streams stand still");
        }
    }

    private void serve() throws ExecutionException, InterruptedException {
        var ended = new CompletableFuture<Void>();
        var current = new KafkaStreams(application.topology.get(), application.properties);
        try {
            current.setUncaughtExceptionHandler(replacer());
            current.setStateListener((state, _) -> {
                if (state == State.RUNNING) {
                    tried.complete(null);
                } else if (state.hasCompletedShutdown()) {
                    ended.complete(null);
                }
            });
            streams = current;
            current.start();
            CompletableFuture.anyOf(closing, ended).get();
        } finally {
            streams = null;
            current.close(
                    CloseOptions.timeout(STREAMS_CLOSE)
                            .withGroupMembershipOperation(GroupMembershipOperation.LEAVE_GROUP));
        }
    }

    private StreamsUncaughtExceptionHandler replacer() {
        var replaced = new AtomicInteger();
        return failure -> {
            metrics.replacedThread();
            if (isOfNewerRecord(failure)) {
                halt();
                return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
            }
            LOGGER.atWarn()
                    .addKeyValue("application", application.name)
                    .addKeyValue("error", failure.toString())
                    .log("stream thread failed");
            return replaced.incrementAndGet() <= REPLACED_THREADS_MAX
                    ? StreamThreadExceptionResponse.REPLACE_THREAD
                    : StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        };
    }

    private void halt() {
        haltedAtNanos = System.nanoTime();
        wasHalted = true;
        LOGGER.atError()
                .addKeyValue("application", application.name)
                .log("halted before a record of a newer version: upgrade this worker");
    }

    private static boolean isOfNewerRecord(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof NewerRecordException) {
                return true;
            }
        }
        return false;
    }

    private boolean closesWithin(Duration pause) throws InterruptedException {
        try {
            closing.get(pause.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("closing never fails", e);
        }
    }

    private static KafkaSettings impatient(KafkaSettings kafka) {
        Map<String, String> properties = new HashMap<>(kafka.properties());
        properties.put("request.timeout.ms", "3000");
        properties.put("default.api.timeout.ms", "5000");
        return new KafkaSettings(kafka.bootstrapServers(), properties, kafka.partitions());
    }
}

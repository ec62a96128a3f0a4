package dev.sluice.router;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.KafkaTopics;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.config.KafkaSettings;

import io.micrometer.core.instrument.MeterRegistry;

import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KafkaStreams.State;
import org.apache.kafka.streams.errors.LogAndContinueProcessingExceptionHandler;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The service: a Kafka Streams application that is begun, watched and begun again by one thread.
 *
 * <p>Kafka may be away at the start and later: the worker tries again every second.
 */
public final class RouterWorker implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(RouterWorker.class);
    private static final String APPLICATION_ID = "sluice-router";
    private static final Duration RETRY_PAUSE = Duration.ofSeconds(1);
    private static final Duration STREAMS_CLOSE = Duration.ofSeconds(3);
    private static final Duration CLOSE = Duration.ofSeconds(5);

    /**
     * Kafka's admin client, looking for brokers in vain, heeds no interruption: leave it to end.
     */
    private static final Duration CLOSE_IDLE = Duration.ofMillis(500);

    /** More failures than this of one application, and it is begun anew after a pause. */
    private static final int REPLACED_THREADS_MAX = 5;

    private final RouterWorkerSettings settings;
    private final RouterMetrics metrics;
    private final CompletableFuture<Void> closing = new CompletableFuture<>();
    private final Thread supervisor =
            Thread.ofPlatform().daemon().name("sluice-router").unstarted(this::supervise);

    private volatile @Nullable KafkaStreams streams;

    /** A worker that is begun by {@link #start}. */
    public RouterWorker(RouterWorkerSettings settings, MeterRegistry metrics) {
        this.settings = requireNonNull(settings, "settings is null");
        this.metrics = new RouterMetrics(metrics);
        this.metrics.watch(this::ready);
    }

    /** Begins in the background, with or without Kafka. Returns at once. */
    public void start() {
        supervisor.start();
    }

    /** Whether attempts are being folded now. */
    public boolean ready() {
        KafkaStreams current = streams;
        return current != null && current.state() == State.RUNNING;
    }

    /** Leaves the group and stops, within five seconds. */
    @Override
    public void close() {
        closing.complete(null);
        boolean isServing = streams != null;
        if (!isServing) {
            supervisor.interrupt();
        }
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
            do {
                serveUntilItFails();
            } while (!closesWithin(RETRY_PAUSE));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serveUntilItFails() throws InterruptedException {
        try {
            KafkaTopics.ensure(impatient(settings.kafka()), Topics.ATTEMPTS, Topics.DEPLOYMENTS);
            serve();
        } catch (ExecutionException | KafkaException e) {
            LOGGER.atWarn().addKeyValue("error", e.toString()).log("routing states stand still");
        }
    }

    private void serve() throws ExecutionException, InterruptedException {
        var ended = new CompletableFuture<Void>();
        var current = new KafkaStreams(AttemptTopology.build(metrics), properties(settings));
        try {
            current.setUncaughtExceptionHandler(replacer());
            current.setStateListener((state, _) -> {
                if (state.hasCompletedShutdown()) {
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
            LOGGER.atWarn().addKeyValue("error", failure.toString()).log("stream thread failed");
            return replaced.incrementAndGet() <= REPLACED_THREADS_MAX
                    ? StreamThreadExceptionResponse.REPLACE_THREAD
                    : StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        };
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

    /**
     * Fresh before complete: at least once, nothing stored. What the settings name themselves wins,
     * so that an older cluster can be served with {@code group.protocol: classic}.
     *
     * <p>A first start reads the whole topic, since reset {@code by_duration} hangs for half a
     * minute on a partition that has no record as young as that; what is old is skipped undecoded.
     */
    static Properties properties(RouterWorkerSettings settings) {
        var properties = new Properties();
        properties.put("group.protocol", "streams");
        properties.put("processing.guarantee", "at_least_once");
        properties.put("commit.interval.ms", "1000");
        properties.put("statestore.cache.max.bytes", "0");
        properties.put("num.stream.threads", "1");
        properties.put("poll.ms", "50");
        properties.put("auto.offset.reset", "earliest");
        properties.put(
                "processing.exception.handler",
                LogAndContinueProcessingExceptionHandler.class.getName());
        properties.put("processing.exception.handler.global.enabled", "true");
        properties.put("producer.linger.ms", "5");
        properties.put("producer.compression.type", "zstd");
        properties.putAll(settings.kafka().client("router"));
        properties.put("application.id", APPLICATION_ID);
        properties.put("state.dir", settings.stateDirectory().toString());
        return properties;
    }
}

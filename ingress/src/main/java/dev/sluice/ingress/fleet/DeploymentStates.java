package dev.sluice.ingress.fleet;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.routing.FleetView;
import dev.sluice.schemas.NewerVersionException;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.UnreadableRecordException;
import dev.sluice.schemas.config.KafkaSettings;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The fleet's figures of each deployment as the newest record of {@link Topics#DEPLOYMENTS} has
 * them.
 *
 * <p>A state older than two minutes counts as unknown, so that nothing is judged for ever by what
 * it was; therefore the topic is read from two minutes ago, not from its beginning.
 */
public final class DeploymentStates implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(DeploymentStates.class);
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration RECONNECT_PAUSE = Duration.ofSeconds(1);
    private static final Duration CLOSE = Duration.ofMillis(900);

    /**
     * Who knows the fleet decides better from the first call on, but nobody waits long for that.
     */
    private static final Duration WARM_UP = Duration.ofSeconds(2);

    private final FleetKafka kafka;
    private final AttemptRecorder recorder;
    private final InstantSource clock;
    private final Counter unreadable;
    private final FleetStates states;
    private final Background background =
            new Background("sluice-deployment-states", RECONNECT_PAUSE, this::follow);

    private volatile @Nullable Consumer<String, byte[]> consumer;
    private volatile boolean caughtUp;
    private volatile long startedNanos = System.nanoTime();
    private boolean warned;

    /** Follows the states of the recorder's deployments once started; others are ignored. */
    public DeploymentStates(KafkaSettings kafka, AttemptRecorder recorder, MeterRegistry metrics) {
        this(kafka, recorder, metrics, InstantSource.system());
    }

    DeploymentStates(
            KafkaSettings kafka,
            AttemptRecorder recorder,
            MeterRegistry metrics,
            InstantSource clock) {
        this.kafka = new FleetKafka(kafka);
        this.recorder = requireNonNull(recorder, "recorder is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.states = new FleetStates(recorder, clock);
        this.unreadable = FleetMetrics.unreadableStates(metrics);
        FleetMetrics.freshStates(metrics, states::fresh);
    }

    /** Begins, with or without Kafka. Returns at once. */
    public void start() {
        startedNanos = System.nanoTime();
        background.start();
    }

    /** Whether everything that was there at the start has been read, once and for all. */
    public boolean caughtUp() {
        return caughtUp;
    }

    /**
     * Whether waiting for more is no use: everything is read, or 2 s have passed since the start.
     */
    public boolean isSettled() {
        return caughtUp || System.nanoTime() - startedNanos > WARM_UP.toNanos();
    }

    /** What is known, for who decides. */
    public FleetView view() {
        return states;
    }

    /** Stops within a second. */
    @Override
    public void close() {
        background.beginClose();
        Consumer<String, byte[]> open = consumer;
        if (open != null) {
            open.wakeup();
        }
        background.close(open == null ? Duration.ZERO : CLOSE);
    }

    /** Takes in one record of the topic. */
    void apply(String deploymentId, byte @Nullable [] value) {
        if (!recorder.knows(deploymentId)) {
            return;
        }
        if (value == null) {
            states.remove(deploymentId);
            return;
        }
        try {
            states.put(Topics.DEPLOYMENTS.codec().decode(value));
        } catch (NewerVersionException | UnreadableRecordException e) {
            unreadable.increment();
        }
    }

    private void follow() throws InterruptedException {
        if (background.isClosing()) {
            return;
        }
        try {
            kafka.ensure(Topics.DEPLOYMENTS);
            try (Consumer<String, byte[]> open = kafka.consumer("deployments")) {
                consumer = open;
                follow(open);
            } finally {
                consumer = null;
            }
        } catch (ExecutionException | KafkaException e) {
            warn(e);
        }
    }

    private void follow(Consumer<String, byte[]> open) {
        String topic = Topics.DEPLOYMENTS.name();
        List<TopicPartition> partitions =
                open.partitionsFor(topic).stream()
                        .map(partition -> new TopicPartition(topic, partition.partition()))
                        .toList();
        if (partitions.isEmpty()) {
            // Just created, and not everywhere known yet: the next round finds it.
            throw new UnknownTopicOrPartitionException(topic + " has no partitions yet");
        }
        open.assign(partitions);
        Map<TopicPartition, Long> ends = open.endOffsets(partitions);
        starts(open, partitions, ends).forEach(open::seek);
        while (!background.isClosing()) {
            caughtUp =
                    caughtUp
                            || ends.entrySet().stream()
                                    .allMatch(end -> open.position(end.getKey()) >= end.getValue());
            for (ConsumerRecord<String, byte[]> record : open.poll(POLL)) {
                apply(record.key(), record.value());
            }
        }
    }

    private Map<TopicPartition, Long> starts(
            Consumer<String, byte[]> open,
            List<TopicPartition> partitions,
            Map<TopicPartition, Long> ends) {
        long since = clock.instant().minus(FleetStates.STALE_AFTER).toEpochMilli();
        Map<TopicPartition, OffsetAndTimestamp> fresh =
                open.offsetsForTimes(
                        partitions.stream()
                                .collect(Collectors.toMap(Function.identity(), _ -> since)));
        return partitions.stream()
                .collect(
                        Collectors.toMap(
                                Function.identity(),
                                partition -> {
                                    OffsetAndTimestamp first = fresh.get(partition);
                                    return first == null
                                            ? requireNonNull(ends.get(partition))
                                            : first.offset();
                                }));
    }

    /** Once: what goes on is told by {@link #caughtUp} and the metric. */
    private void warn(Exception failure) {
        LOGGER.atLevel(warned || background.isClosing() ? Level.DEBUG : Level.WARN)
                .addKeyValue("topic", Topics.DEPLOYMENTS.name())
                .addKeyValue("error", failure.toString())
                .log("deployment states cannot be read");
        warned = true;
    }
}

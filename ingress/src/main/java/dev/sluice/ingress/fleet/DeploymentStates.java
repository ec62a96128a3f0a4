package dev.sluice.ingress.fleet;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.fleet.TopicTail.Start;
import dev.sluice.ingress.routing.FleetView;
import dev.sluice.schemas.NewerVersionException;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.UnreadableRecordException;
import dev.sluice.schemas.config.KafkaSettings;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.InstantSource;

/**
 * The fleet's figures of each deployment as the newest record of {@link Topics#DEPLOYMENTS} has
 * them.
 *
 * <p>A state older than two minutes counts as unknown, so that nothing is judged for ever by what
 * it was; therefore the topic is read from two minutes ago, not from its beginning.
 */
public final class DeploymentStates implements AutoCloseable {

    /**
     * Who knows the fleet decides better from the first call on, but nobody waits long for that.
     */
    private static final Duration WARM_UP = Duration.ofSeconds(2);

    private final AttemptRecorder recorder;
    private final Counter unreadable;
    private final FleetStates states;
    private final TopicTail tail;
    private volatile long startedNanos = System.nanoTime();

    /** Follows the states of the recorder's deployments once started; others are ignored. */
    public DeploymentStates(KafkaSettings kafka, AttemptRecorder recorder, MeterRegistry metrics) {
        this(kafka, recorder, metrics, InstantSource.system());
    }

    DeploymentStates(
            KafkaSettings kafka,
            AttemptRecorder recorder,
            MeterRegistry metrics,
            InstantSource clock) {
        this.recorder = requireNonNull(recorder, "recorder is null");
        this.states = new FleetStates(recorder, clock);
        this.unreadable = FleetMetrics.unreadableStates(metrics);
        this.tail =
                new TopicTail(
                        kafka,
                        Topics.DEPLOYMENTS,
                        "deployments",
                        Start.since(() -> clock.instant().minus(FleetStates.STALE_AFTER)),
                        record -> apply(record.key(), record.value()));
        FleetMetrics.freshStates(metrics, states::fresh);
    }

    /** Begins, with or without Kafka. Returns at once. */
    public void start() {
        startedNanos = System.nanoTime();
        tail.start();
    }

    /** Whether everything that was there at the start has been read, once and for all. */
    public boolean caughtUp() {
        return tail.caughtUp();
    }

    /**
     * Whether waiting for more is no use: everything is read, or 2 s have passed since the start.
     */
    public boolean isSettled() {
        return tail.caughtUp() || System.nanoTime() - startedNanos > WARM_UP.toNanos();
    }

    /** What is known, for who decides. */
    public FleetView view() {
        return states;
    }

    /** Stops within a second. */
    @Override
    public void close() {
        tail.close();
    }

    /** Takes in one record of the topic. */
    void apply(@Nullable String deploymentId, byte @Nullable [] value) {
        if (deploymentId == null || !recorder.knows(deploymentId)) {
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
}

package dev.sluice.router;

import dev.sluice.schemas.NewerVersionException;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.UnreadableRecordException;
import dev.sluice.schemas.events.AttemptDelta;
import dev.sluice.schemas.events.DeploymentState;

import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * Keeps the statistics of one partition's deployments and publishes what changed: at once where the
 * last state is 250 ms old, else as soon as it is.
 *
 * <p>The figures are plain objects of this processor, not a state store: they change with every
 * record, are worth nothing after two minutes, and a store would serialise them each time. A task
 * that moves to another worker starts anew, and is right again with the next second's deltas.
 */
final class StatisticsProcessor implements Processor<String, byte[], String, byte[]> {

    private static final Duration PUBLISH_INTERVAL = Duration.ofMillis(250);
    private static final Duration REVIEW_INTERVAL = Duration.ofSeconds(1);
    private static final Duration TICK = Duration.ofMillis(100);
    private static final Duration FORGET_AFTER = Duration.ofMinutes(10);

    /** A fresh ingress reads the states of the last two minutes, and must find every rest there. */
    private static final Duration REPEAT_REST = Duration.ofMinutes(1);

    private static final double ERROR_RATE_STEP = 0.05;

    /** Of one partition. More are a broken producer, not a fleet. */
    private static final int DEPLOYMENTS_MAX = 10_000;

    private final RouterMetrics metrics;
    private final Map<String, Tracked> deployments = new HashMap<>();
    private @Nullable ProcessorContext<String, byte[]> context;

    StatisticsProcessor(RouterMetrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public void init(ProcessorContext<String, byte[]> context) {
        this.context = context;
        context.schedule(
                TICK,
                PunctuationType.WALL_CLOCK_TIME,
                millis -> review(context, Instant.ofEpochMilli(millis)));
    }

    @Override
    public void process(Record<String, byte[]> record) {
        ProcessorContext<String, byte[]> current = context;
        if (current == null) {
            throw new IllegalStateException("a record came before init");
        }
        Instant now = Instant.ofEpochMilli(current.currentSystemTimeMs());
        AttemptDelta delta = fresh(record, now);
        Tracked tracked = delta == null ? null : tracked(delta.deploymentId());
        if (delta == null || tracked == null) {
            return;
        }
        if (!tracked.statistics.fold(delta, now)) {
            metrics.repeated();
            return;
        }
        metrics.folded();
        tracked.changed = true;
        publishIfDue(current, tracked, now);
    }

    private @Nullable AttemptDelta fresh(Record<String, byte[]> record, Instant now) {
        if (record.timestamp() < now.minus(DeploymentStatistics.OLDEST).toEpochMilli()) {
            metrics.old();
            return null;
        }
        byte @Nullable [] value = record.value();
        try {
            if (value != null) {
                return Topics.ATTEMPTS.codec().decode(value);
            }
        } catch (NewerVersionException | UnreadableRecordException e) {
            // Counted below: a delta is perishable, and the next one is 200 ms away.
        }
        metrics.unreadable();
        return null;
    }

    private @Nullable Tracked tracked(String deploymentId) {
        if (deployments.size() >= DEPLOYMENTS_MAX && !deployments.containsKey(deploymentId)) {
            metrics.overflowing();
            return null;
        }
        return deployments.computeIfAbsent(deploymentId, Tracked::new);
    }

    private void review(ProcessorContext<String, byte[]> current, Instant now) {
        deployments
                .values()
                .removeIf(tracked -> {
                    boolean isGone =
                            tracked.statistics.asOf().isBefore(now.minus(FORGET_AFTER))
                                    && !tracked.statistics.rests(now);
                    if (isGone) {
                        forward(current, tracked.deploymentId, null, now);
                    } else {
                        tracked.changed |= tracked.hasDrifted(now);
                        publishIfDue(current, tracked, now);
                    }
                    return isGone;
                });
    }

    private void publishIfDue(
            ProcessorContext<String, byte[]> current, Tracked tracked, Instant now) {
        if (!tracked.changed || now.isBefore(tracked.publishedAt.plus(PUBLISH_INTERVAL))) {
            return;
        }
        DeploymentState state = tracked.statistics.state(now);
        tracked.published(state, now);
        forward(current, tracked.deploymentId, Topics.DEPLOYMENTS.codec().encode(state), now);
        metrics.published();
    }

    @SuppressWarnings("NullAway") // Kafka's record has no nullness; no value is a tombstone
    private static void forward(
            ProcessorContext<String, byte[]> current,
            String deploymentId,
            byte @Nullable [] value,
            Instant now) {
        current.forward(new Record<>(deploymentId, value, now.toEpochMilli()));
    }

    /** A deployment with what was last said of it. */
    private static final class Tracked {

        private final String deploymentId;
        private final DeploymentStatistics statistics;
        private boolean changed;
        private Instant publishedAt = Instant.EPOCH;
        private double publishedErrorRate;
        private long publishedInFlight;

        Tracked(String deploymentId) {
            this.deploymentId = deploymentId;
            this.statistics = new DeploymentStatistics(deploymentId);
        }

        void published(DeploymentState state, Instant now) {
            changed = false;
            publishedAt = now;
            publishedErrorRate = state.errorRate();
            publishedInFlight = state.inFlight();
        }

        /**
         * Whether time alone changed it: an ingress fell silent, failures are being forgiven; or it
         * rests, and that was said long ago.
         */
        boolean hasDrifted(Instant now) {
            if (changed || now.isBefore(publishedAt.plus(REVIEW_INTERVAL))) {
                return false;
            }
            return statistics.inFlight(now) != publishedInFlight
                    || publishedErrorRate - statistics.errorRate(now) > ERROR_RATE_STEP
                    || (statistics.rests(now) && !now.isBefore(publishedAt.plus(REPEAT_REST)));
        }
    }
}

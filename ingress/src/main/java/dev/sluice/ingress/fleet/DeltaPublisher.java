package dev.sluice.ingress.fleet;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.Topics;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.events.AttemptDelta;

import io.micrometer.core.instrument.MeterRegistry;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Tells the fleet every 200 ms what this ingress saw of each deployment that had something new.
 *
 * <p>A delta that cannot be sent is dropped and counted: by the time Kafka is back, it would
 * describe the past. A gap costs accuracy, never correctness.
 */
public final class DeltaPublisher implements AutoCloseable {

    private static final Duration INTERVAL = Duration.ofMillis(200);
    private static final Duration CLOSE = Duration.ofMillis(900);

    private final AttemptRecorder recorder;
    private final String ingressId;
    private final TopicSender<AttemptDelta> sender;
    private final Background background =
            new Background("sluice-attempt-deltas", INTERVAL, this::round);

    private long seq;
    private Instant windowStart = Instant.now();

    /**
     * Publishes once started.
     *
     * @param ingressId this process among the ingresses; must be its own
     */
    public DeltaPublisher(
            KafkaSettings kafka,
            AttemptRecorder recorder,
            String ingressId,
            MeterRegistry metrics) {
        this.recorder = requireNonNull(recorder, "recorder is null");
        this.ingressId = requireNonNull(ingressId, "ingressId is null");
        this.sender =
                new TopicSender<>(
                        kafka,
                        Topics.ATTEMPTS,
                        AttemptDelta::deploymentId,
                        "attempts",
                        FleetMetrics.deltas(metrics, "sent"),
                        FleetMetrics.deltas(metrics, "dropped"));
    }

    /** Begins, with or without Kafka. Returns at once. */
    public void start() {
        background.start();
    }

    /** Sends what there is and stops, within a second. */
    @Override
    public void close() {
        background.close(CLOSE);
    }

    private void round() throws InterruptedException {
        sender.connect();
        Instant windowEnd = Instant.now();
        List<AttemptDelta> deltas = recorder.deltas(ingressId, seq, windowStart, windowEnd);
        seq += deltas.size();
        windowStart = windowEnd;
        sender.send(deltas);
        if (background.isClosing()) {
            sender.close();
        }
    }
}

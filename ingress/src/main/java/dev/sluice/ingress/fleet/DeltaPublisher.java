package dev.sluice.ingress.fleet;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.Topics;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.events.AttemptDelta;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * Tells the fleet every 200 ms what this ingress saw of each deployment that had something new.
 *
 * <p>A delta that cannot be sent is dropped and counted: by the time Kafka is back, it would
 * describe the past. A gap costs accuracy, never correctness.
 */
public final class DeltaPublisher implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(DeltaPublisher.class);
    private static final Duration INTERVAL = Duration.ofMillis(200);
    private static final Duration RECONNECT_PAUSE = Duration.ofSeconds(1);
    private static final Duration FLUSH = Duration.ofMillis(300);
    private static final Duration CLOSE = Duration.ofMillis(900);

    private final FleetKafka kafka;
    private final AttemptRecorder recorder;
    private final String ingressId;
    private final Counter sent;
    private final Counter dropped;
    private final Background background =
            new Background("sluice-attempt-deltas", INTERVAL, this::round);

    private @Nullable Producer<String, byte[]> producer;
    private volatile boolean warned;
    private long reconnectNanos = System.nanoTime();
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
        this.kafka = new FleetKafka(kafka);
        this.recorder = requireNonNull(recorder, "recorder is null");
        this.ingressId = requireNonNull(ingressId, "ingressId is null");
        this.sent = FleetMetrics.deltas(metrics, "sent");
        this.dropped = FleetMetrics.deltas(metrics, "dropped");
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
        publish();
        if (background.isClosing() && producer != null) {
            producer.close(FLUSH);
        }
    }

    private void publish() throws InterruptedException {
        Producer<String, byte[]> open = connected();
        Instant windowEnd = Instant.now();
        for (AttemptDelta delta : recorder.deltas(ingressId, seq, windowStart, windowEnd)) {
            seq = delta.seq();
            if (open == null) {
                dropped.increment();
            } else if (!send(open, delta)) {
                open = null;
            }
        }
        windowStart = windowEnd;
    }

    /** False where the producer had to wait and gave up: then it would for every other delta. */
    private boolean send(Producer<String, byte[]> open, AttemptDelta delta) {
        Future<RecordMetadata> sending =
                open.send(
                        new ProducerRecord<>(
                                Topics.ATTEMPTS.name(),
                                delta.deploymentId(),
                                Topics.ATTEMPTS.codec().encode(delta)),
                        (_, failure) -> delivered(failure));
        return sending.state() != Future.State.FAILED;
    }

    private void delivered(@Nullable Exception failure) {
        if (failure == null) {
            sent.increment();
        } else {
            dropped.increment();
            warn(failure);
        }
    }

    private @Nullable Producer<String, byte[]> connected() throws InterruptedException {
        if (producer == null && System.nanoTime() - reconnectNanos >= 0) {
            try {
                kafka.ensure(Topics.ATTEMPTS);
                producer = kafka.producer("attempts");
            } catch (ExecutionException | KafkaException e) {
                warn(e);
                reconnectNanos = System.nanoTime() + RECONNECT_PAUSE.toNanos();
            }
        }
        return producer;
    }

    /** Once: what goes on is told by the metric. */
    private void warn(Exception failure) {
        LOGGER.atLevel(warned ? Level.DEBUG : Level.WARN)
                .addKeyValue("topic", Topics.ATTEMPTS.name())
                .addKeyValue("error", failure.toString())
                .log("attempt statistics cannot be published");
        warned = true;
    }
}

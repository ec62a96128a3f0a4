package dev.sluice.ingress.fleet;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.Topics;
import dev.sluice.schemas.config.GatewayConfig.DecisionSettings;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.events.DecisionEvent;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.LongSupplier;

/**
 * Tells how some calls were routed. Which ones is decided by their ids, so that every reader of a
 * request's records can tell.
 *
 * <p>What finds the queue full, or Kafka away, is dropped and counted.
 */
public final class DecisionPublisher implements AutoCloseable {

    private static final Duration INTERVAL = Duration.ofMillis(200);
    private static final Duration CLOSE = Duration.ofMillis(900);
    private static final int QUEUED_MAX = 1024;
    private static final long NANOS_A_SECOND = 1_000_000_000L;

    private final TopicSender<DecisionEvent> sender;
    private final double sampleRate;
    private final int mostASecond;
    private final String ingressId;
    private final LongSupplier nanoTime;
    private final Counter dropped;
    private final Counter overCap;
    private final BlockingQueue<DecisionEvent> queue = new ArrayBlockingQueue<>(QUEUED_MAX);
    private final Background background = new Background("sluice-decisions", INTERVAL, this::round);

    private long secondBeganNanos;
    private int thisSecond;

    /**
     * Publishes once started.
     *
     * @param ingressId this process among the ingresses
     */
    public DecisionPublisher(
            KafkaSettings kafka,
            DecisionSettings settings,
            String ingressId,
            MeterRegistry metrics) {
        this(kafka, settings, ingressId, metrics, System::nanoTime);
    }

    DecisionPublisher(
            KafkaSettings kafka,
            DecisionSettings settings,
            String ingressId,
            MeterRegistry metrics,
            LongSupplier nanoTime) {
        this.sampleRate = settings.sampleRate().doubleValue();
        this.mostASecond = settings.maxPerSecond();
        this.ingressId = requireNonNull(ingressId, "ingressId is null");
        this.nanoTime = nanoTime;
        this.secondBeganNanos = nanoTime.getAsLong();
        this.dropped = FleetMetrics.decisions(metrics, "dropped");
        this.overCap = FleetMetrics.decisions(metrics, "over_cap");
        this.sender =
                new TopicSender<>(
                        kafka,
                        Topics.DECISIONS,
                        DecisionEvent::requestId,
                        "decisions",
                        FleetMetrics.decisions(metrics, "sent"),
                        dropped);
    }

    /** This process among the ingresses. */
    public String ingressId() {
        return ingressId;
    }

    /** The share of calls that are told of. */
    public double sampleRate() {
        return sampleRate;
    }

    /** Whether a call shall be told of; to be asked once a call. */
    public boolean samples(UUID requestId) {
        return isSampled(requestId, sampleRate) && isUnderCap();
    }

    static boolean isSampled(UUID requestId, double rate) {
        // The finalizer of SplitMix64: 53 bits of it are a fraction.
        long mixed = requestId.getMostSignificantBits() ^ requestId.getLeastSignificantBits();
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        mixed ^= mixed >>> 31;
        return (mixed >>> 11) * 0x1p-53 < rate;
    }

    private synchronized boolean isUnderCap() {
        long now = nanoTime.getAsLong();
        if (now - secondBeganNanos >= NANOS_A_SECOND) {
            secondBeganNanos = now;
            thisSecond = 0;
        }
        if (thisSecond >= mostASecond) {
            overCap.increment();
            return false;
        }
        thisSecond++;
        return true;
    }

    /** Takes an event to be sent. Never waits. */
    public void offer(DecisionEvent event) {
        if (!queue.offer(event)) {
            dropped.increment();
        }
    }

    /** Begins, with or without Kafka; with nothing to tell ever, nothing. Returns at once. */
    public void start() {
        if (sampleRate > 0) {
            background.start();
        }
    }

    /** Sends what there is and stops, within a second. */
    @Override
    public void close() {
        if (sampleRate > 0) {
            background.close(CLOSE);
        }
    }

    private void round() throws InterruptedException {
        if (!queue.isEmpty()) {
            sender.connect();
            List<DecisionEvent> events = new ArrayList<>();
            queue.drainTo(events);
            sender.send(events);
        }
        if (background.isClosing()) {
            sender.close();
        }
    }
}

package dev.sluice.metering;

import dev.sluice.schemas.NewerVersionException;
import dev.sluice.schemas.SpendEventCodec;
import dev.sluice.schemas.UnreadableRecordException;

import io.micrometer.core.instrument.Counter;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The events that are on their way, in the order of the journal, and the sender they are with.
 *
 * <p>If one fails, the sender is closed and all that is not acknowledged goes again with a new one,
 * after a pause that doubles with each failure in a row. The shipper's thread alone uses it, but
 * for the figures.
 */
final class ShippingLane implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(ShippingLane.class);
    private static final int MAX_EVENTS = 8192;
    private static final long MAX_BYTES = 16L << 20;
    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Supplier<EventSender> senders;
    private final Counter failures;
    private final Consumer<Exception> onFailure = this::fail;
    private final Deque<Shipment> underWay = new ArrayDeque<>();
    private @Nullable EventSender sender;
    private long bytes;
    private long pauseNanos = FIRST_PAUSE_NANOS;
    private long notBefore = System.nanoTime();
    private volatile boolean failed;
    private final AtomicLong ownAcknowledged = new AtomicLong();
    private final AtomicLong foreignUnderWay = new AtomicLong();

    private final SpendEventCodec codec = new SpendEventCodec();
    private final @Nullable Acknowledgements acknowledgements;

    /** The first in the line, null if there is none. */
    private volatile @Nullable Shipment oldest;

    /**
     * A lane without a sender yet.
     *
     * @param acknowledgements who must know whether Kafka answers, null for nobody
     */
    ShippingLane(
            Supplier<EventSender> senders,
            Counter failures,
            @Nullable Acknowledgements acknowledgements) {
        this.senders = senders;
        this.acknowledgements = acknowledgements;
        this.failures = failures;
    }

    /** Whether a sender is at hand; brings one if the pause after a failure is over. */
    boolean isReady() {
        if (failed) {
            giveUpSender();
        }
        if (sender == null && System.nanoTime() - notBefore >= 0) {
            sender = open();
            resend();
        }
        return sender != null && !failed;
    }

    private void giveUpSender() {
        failures.increment();
        close();
        notBefore = System.nanoTime() + pauseNanos;
        pauseNanos = Math.min(2 * pauseNanos, LONGEST_PAUSE_NANOS);
        failed = false;
    }

    private @Nullable EventSender open() {
        try {
            EventSender opened = senders.get();
            if (acknowledgements != null) {
                acknowledgements.reached();
            }
            return opened;
        } catch (RuntimeException e) {
            fail(e);
            return null;
        }
    }

    private void resend() {
        EventSender current = sender;
        for (Shipment shipment : underWay) {
            if (current == null || failed) {
                return;
            }
            if (!shipment.isAcknowledged()) {
                shipment.send(current, onFailure);
            }
        }
    }

    private void fail(Exception cause) {
        if (!failed && !Thread.currentThread().isInterrupted()) {
            LOGGER.atWarn()
                    .addKeyValue("error", cause.toString())
                    .log("spend events cannot be sent, will try again");
        }
        failed = true;
        if (acknowledgements != null) {
            acknowledgements.lost();
        }
    }

    /** Whether one more may be put on its way. */
    boolean hasRoom() {
        return underWay.size() < MAX_EVENTS && bytes < MAX_BYTES && !failed;
    }

    /** Puts an event on its way. */
    void ship(Shipment shipment) {
        underWay.add(shipment);
        bytes += shipment.bytes();
        shipment.segment().holds().sent();
        if (!shipment.isFromThisRun()) {
            foreignUnderWay.incrementAndGet();
        }
        if (underWay.size() == 1) {
            oldest = shipment;
        }
        EventSender current = sender;
        if (current != null && !failed) {
            shipment.send(current, onFailure);
        }
    }

    /** The first in the line if it is acknowledged, which leaves it; else null. */
    @Nullable Shipment next() {
        Shipment first = underWay.peek();
        if (first == null || !first.isAcknowledged()) {
            oldest = first;
            return null;
        }
        underWay.remove();
        bytes -= first.bytes();
        pauseNanos = FIRST_PAUSE_NANOS;
        if (first.isFromThisRun()) {
            ownAcknowledged.incrementAndGet();
        } else {
            foreignUnderWay.decrementAndGet();
        }
        return first;
    }

    /** Events of this run that are acknowledged. */
    long ownAcknowledged() {
        return ownAcknowledged.get();
    }

    /** Events of earlier runs that are on their way. */
    long foreignUnderWay() {
        return foreignUnderWay.get();
    }

    /** Seconds since the attempt ended whose event is the first in the line. */
    double oldestSeconds() {
        Shipment first = oldest;
        if (first == null) {
            return 0;
        }
        try {
            Duration age = Duration.between(codec.decode(first.value()).endedAt(), Instant.now());
            return Math.max(0, age.toMillis()) / 1e3;
        } catch (NewerVersionException | UnreadableRecordException e) {
            LOGGER.atDebug().setCause(e).log("an event that cannot be read has no age");
            return 0;
        }
    }

    @Override
    public void close() {
        EventSender current = sender;
        sender = null;
        if (current != null) {
            // What it gives up on closing is not worth a warning each.
            failed = true;
            try {
                current.close();
            } catch (RuntimeException e) {
                LOGGER.atDebug().setCause(e).log("sender did not close cleanly");
            }
        }
    }
}

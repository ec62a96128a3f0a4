package dev.sluice.metering;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/** One event on its way, from when it was read until it is acknowledged. */
final class Shipment implements EventSender.Acknowledgement {

    private final byte[] key;
    private final byte[] value;
    private final Segment segment;
    private final int end;
    private final @Nullable OpenRequest closes;
    private final boolean fromThisRun;
    private final @Nullable CountDownLatch waiter;

    private volatile boolean acknowledged;
    private @Nullable Consumer<Exception> onFailure;

    private Shipment(
            byte[] key,
            byte[] value,
            Segment segment,
            int end,
            @Nullable OpenRequest closes,
            boolean fromThisRun,
            @Nullable CountDownLatch waiter) {
        this.key = key;
        this.value = value;
        this.segment = segment;
        this.end = end;
        this.closes = closes;
        this.fromThisRun = fromThisRun;
        this.waiter = waiter;
    }

    /**
     * The event that the cursor is at.
     *
     * @param waiter who is told when it is acknowledged
     */
    static Shipment of(JournalCursor record, @Nullable CountDownLatch waiter) {
        return new Shipment(
                KeyText.of(record.requestId()),
                record.payload(),
                record.segment(),
                record.end(),
                null,
                record.segment().isLive(),
                waiter);
    }

    /**
     * An event that stands in no segment, made while the cursor was where it is.
     *
     * @param closes the request that lets go of its segments once this is acknowledged
     */
    static Shipment closing(
            byte[] key, byte[] value, JournalCursor cursor, @Nullable OpenRequest closes) {
        return new Shipment(key, value, cursor.segment(), cursor.end(), closes, false, null);
    }

    /** Hands it over; any failure, now or later, is told to {@code onFailure}. */
    void send(EventSender sender, Consumer<Exception> listener) {
        onFailure = listener;
        try {
            sender.send(key, value, this);
        } catch (RuntimeException e) {
            completed(e);
        }
    }

    @Override
    public void completed(@Nullable Exception failure) {
        if (failure == null) {
            acknowledged = true;
            if (waiter != null) {
                waiter.countDown();
            }
        } else if (onFailure != null) {
            onFailure.accept(failure);
        }
    }

    boolean isAcknowledged() {
        return acknowledged;
    }

    int bytes() {
        return key.length + value.length;
    }

    Segment segment() {
        return segment;
    }

    int end() {
        return end;
    }

    @Nullable OpenRequest closes() {
        return closes;
    }

    boolean isFromThisRun() {
        return fromThisRun;
    }

    byte[] value() {
        return value;
    }
}

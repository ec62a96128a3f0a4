package dev.sluice.ingress.capacity;

import dev.sluice.ingress.limits.Reservation;

import java.util.concurrent.atomic.AtomicBoolean;

/** What an attempt holds of a deployment until it ends; the first end counts. */
public final class Room {

    private final String deploymentId;
    private final Reservation reservation;
    private final AdaptiveConcurrency concurrency;
    private final Capacity capacity;
    private final AtomicBoolean ended = new AtomicBoolean();

    Room(
            String deploymentId,
            Reservation reservation,
            AdaptiveConcurrency concurrency,
            Capacity capacity) {
        this.deploymentId = deploymentId;
        this.reservation = reservation;
        this.concurrency = concurrency;
        this.capacity = capacity;
    }

    /** The attempt has ended, and used so many tokens. */
    public void settle(long tokens) {
        if (ended.compareAndSet(false, true)) {
            reservation.settle(tokens, 0);
            concurrency.leave();
            capacity.ended(deploymentId);
        }
    }

    /** It was not made. */
    public void release() {
        settle(0);
    }
}

package dev.sluice.ingress.capacity;

import java.util.Set;

/** A waiting call's place. */
final class Place {

    private final Asking asking;
    private final long number;
    private final long untilNanos;
    private final Thread thread;
    private volatile boolean isCalled;

    Place(Asking asking, long number, long untilNanos, Thread thread) {
        this.asking = asking;
        this.number = number;
        this.untilNanos = untilNanos;
        this.thread = thread;
    }

    String tenant() {
        return asking.tenant();
    }

    double cost() {
        return asking.cost();
    }

    long bytes() {
        return asking.bytes();
    }

    Set<String> deployments() {
        return asking.deployments();
    }

    /** In the order of coming. */
    long number() {
        return number;
    }

    /** When it has waited long enough. */
    long untilNanos() {
        return untilNanos;
    }

    /** Who waits. */
    Thread thread() {
        return thread;
    }

    /** Whether it is its turn to try. */
    boolean isCalled() {
        return isCalled;
    }

    void called(boolean is) {
        isCalled = is;
    }
}

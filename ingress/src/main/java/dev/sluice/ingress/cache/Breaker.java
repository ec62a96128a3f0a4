package dev.sluice.ingress.cache;

import java.util.function.LongSupplier;

/**
 * Whether a server is worth waiting for. Three failures in a row open it; then nobody asks, until a
 * probe that nobody waits for is answered in time. Safe for use by several threads.
 */
final class Breaker {

    /** So many failures without an answer between them. */
    static final int FAILURES = 3;

    private static final long FIRST_PAUSE_NANOS = 100_000_000L;
    private static final long LONGEST_PAUSE_NANOS = 1_000_000_000L;

    private final LongSupplier nanoTime;
    private volatile boolean closed;
    private volatile long answeredNanos;
    private volatile int failures;
    private long pauseNanos;
    private long probeNanos;

    /** Open: the first probe says whether there is anybody. */
    Breaker(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.answeredNanos = nanoTime.getAsLong();
        this.probeNanos = answeredNanos;
    }

    /** Whether to ask. */
    boolean isClosed() {
        return closed;
    }

    /** Somebody who asked was answered. */
    void answered() {
        answeredNanos = nanoTime.getAsLong();
        if (failures > 0) {
            failures = 0;
        }
    }

    /** Whether nobody was answered since {@code sinceNanos}. */
    boolean isSilentSince(long sinceNanos) {
        return answeredNanos - sinceNanos < 0;
    }

    /**
     * Some who asked were not answered, or in vain.
     *
     * @return whether this opened it
     */
    synchronized boolean failed(int askers) {
        failures = Math.min(FAILURES, failures + askers);
        if (!closed || failures < FAILURES) {
            return false;
        }
        closed = false;
        pauseNanos = FIRST_PAUSE_NANOS;
        probeNanos = nanoTime.getAsLong() + pauseNanos;
        return true;
    }

    /** Whether it is open, and time to try. */
    synchronized boolean isProbeDue() {
        return !closed && nanoTime.getAsLong() - probeNanos >= 0;
    }

    /**
     * What a probe found.
     *
     * @return whether this closed it
     */
    synchronized boolean probed(boolean isAnswered) {
        if (!isAnswered) {
            pauseNanos = Math.clamp(2 * pauseNanos, FIRST_PAUSE_NANOS, LONGEST_PAUSE_NANOS);
            probeNanos = nanoTime.getAsLong() + pauseNanos;
            return false;
        }
        boolean wasOpen = !closed;
        failures = 0;
        answeredNanos = nanoTime.getAsLong();
        closed = true;
        return wasOpen;
    }
}

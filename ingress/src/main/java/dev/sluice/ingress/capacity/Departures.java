package dev.sluice.ingress.capacity;

import java.util.concurrent.TimeUnit;

/**
 * How many calls a second leave a queue for a deployment, since it is one. Not safe for use by
 * several threads.
 */
final class Departures {

    private static final double MEMORY = TimeUnit.SECONDS.toNanos(5);
    private static final double A_SECOND = TimeUnit.SECONDS.toNanos(1);

    /** Fewer say nothing. */
    private static final int KNOWN = 5;

    private final long sinceNanos;
    private long latestNanos;
    private double lately;
    private int count;

    Departures(long nowNanos) {
        this.sinceNanos = nowNanos;
        this.latestNanos = nowNanos;
    }

    void another(long nowNanos) {
        lately = faded(nowNanos) + 1;
        latestNanos = nowNanos;
        count = Math.min(KNOWN, count + 1);
    }

    /** Whether there were enough to tell. */
    boolean isKnown() {
        return count >= KNOWN;
    }

    double aSecond(long nowNanos) {
        double age = Math.max(A_SECOND / 1000, (double) (nowNanos - sinceNanos));
        double seen = MEMORY / A_SECOND * (1 - Math.exp(-age / MEMORY));
        return Math.max(1e-3, faded(nowNanos) / seen);
    }

    private double faded(long nowNanos) {
        return lately * Math.exp(-(nowNanos - latestNanos) / MEMORY);
    }
}

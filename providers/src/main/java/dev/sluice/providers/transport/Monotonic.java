package dev.sluice.providers.transport;

import java.time.Duration;

/**
 * Nanoseconds since this class was loaded: never negative, so that deadlines compare and add
 * without surprises.
 */
final class Monotonic {

    /** A deadline that never comes. */
    static final long NEVER = Long.MAX_VALUE;

    private static final long ORIGIN = System.nanoTime();

    private Monotonic() {}

    static long now() {
        return System.nanoTime() - ORIGIN;
    }

    static long after(Duration duration) {
        return now() + duration.toNanos();
    }
}

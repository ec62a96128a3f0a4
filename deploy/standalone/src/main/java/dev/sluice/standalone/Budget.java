package dev.sluice.standalone;

import java.time.Duration;

/** Time that several steps share. */
record Budget(long endNanos) {

    static Budget of(Duration whole) {
        return new Budget(System.nanoTime() + whole.toNanos());
    }

    Duration remaining() {
        return Duration.ofNanos(Math.max(0, endNanos - System.nanoTime()));
    }

    /** What one step may take. */
    Duration share(Duration atMost) {
        Duration remaining = remaining();
        return remaining.compareTo(atMost) < 0 ? remaining : atMost;
    }
}

package dev.sluice.simulator;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Lets calls wait, and ends all waits when the simulator closes. */
final class Waiting {

    /** How late a wait may notice that it is over before its time. */
    private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private volatile boolean closed;

    /** Waits until {@code deadline} of {@link System#nanoTime()}; false if it ended before. */
    boolean until(long deadline) {
        return until(deadline, () -> false);
    }

    /** The same, ended early when {@code over} holds. */
    boolean until(long deadline, BooleanSupplier over) {
        while (true) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return true;
            }
            if (closed || Thread.currentThread().isInterrupted() || over.getAsBoolean()) {
                return false;
            }
            LockSupport.parkNanos(this, Math.min(left, SLICE_NANOS));
        }
    }

    boolean isClosed() {
        return closed;
    }

    void close() {
        closed = true;
    }
}

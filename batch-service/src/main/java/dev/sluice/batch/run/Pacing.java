package dev.sluice.batch.run;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * How many lines are called at once: more by one for as many calls as there may be that went well
 * while all were in use, fewer by three in ten where a call was refused for the load. (Additive
 * increase, multiplicative decrease: Chiu and Jain, 1989.)
 */
final class Pacing {

    private static final int FIRST = 16;
    private static final double LESS = 0.7;
    private static final long CUT_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition freed = lock.newCondition();
    private final int most;
    private final LongSupplier nanoTime;
    private double limit;
    private int inFlight;
    private long cutAt;

    /**
     * A pace that has yet to be found.
     *
     * @param most calls at once, however well they go
     */
    Pacing(int most, LongSupplier nanoTime) {
        this.most = most;
        this.nanoTime = nanoTime;
        this.limit = Math.min(FIRST, most);
        this.cutAt = nanoTime.getAsLong() - CUT_EVERY_NANOS;
    }

    /** Waits until a line may be called. */
    void acquire() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (inFlight >= (int) limit) {
                freed.await();
            }
            inFlight++;
        } finally {
            lock.unlock();
        }
    }

    /** A call went as it should, whatever the answer. */
    void wentWell() {
        lock.lock();
        try {
            if (inFlight >= (int) limit) {
                limit = Math.min(most, limit + 1 / limit * Math.max(1, limit / 8));
            }
            left();
        } finally {
            lock.unlock();
        }
    }

    /** A call was refused because there were too many, or found nobody. */
    void wasTooMuch() {
        lock.lock();
        try {
            long now = nanoTime.getAsLong();
            if (now - cutAt >= CUT_EVERY_NANOS) {
                cutAt = now;
                limit = Math.max(1, limit * LESS);
            }
            left();
        } finally {
            lock.unlock();
        }
    }

    /** A call ended in a way that says nothing. */
    void ended() {
        lock.lock();
        try {
            left();
        } finally {
            lock.unlock();
        }
    }

    private void left() {
        inFlight--;
        freed.signalAll();
    }

    /** Calls that may be under way at once. */
    int limit() {
        lock.lock();
        try {
            return (int) limit;
        } finally {
            lock.unlock();
        }
    }

    /** Calls under way. */
    int inFlight() {
        lock.lock();
        try {
            return inFlight;
        } finally {
            lock.unlock();
        }
    }
}

package dev.sluice.batch.run;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * How many lines are called at once: more by one for as many calls as there may be that went well
 * while all were in use, fewer by three in ten where a call was refused for the load. (Additive
 * increase, multiplicative decrease: Chiu and Jain, 1989.)
 *
 * <p>While others call the ingress, what they leave of its processors says whether there may be
 * more or fewer. Below one call at once there are pauses between calls.
 */
final class Pacing {

    private static final int FIRST = 16;
    private static final double LESS = 0.7;
    private static final long CUT_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** While others call: below this much idle time there are fewer calls, above that one more. */
    private static final int SCARCE_PERCENT = 25;

    private static final int AMPLE_PERCENT = 40;
    private static final int NOBODY_ELSE_PERCENT = 100;
    private static final long HEED_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final double GIVE_WAY = 0.6;
    private static final double COME_BACK = 1.15;

    /** A batch goes on, if slowly, however busy the others are. */
    private static final double LEAST = 0.05;

    /** The pause between calls where half a call may be under way. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition freed = lock.newCondition();
    private final int most;
    private final LongSupplier nanoTime;
    private double limit;
    private int inFlight;
    private long cutAt;
    private long heededAt;
    private long leftAt;
    private boolean isAlone = true;

    /**
     * A pace that has yet to be found.
     *
     * @param most calls at once, however well they go
     */
    Pacing(int most, LongSupplier nanoTime) {
        this.most = most;
        this.nanoTime = nanoTime;
        this.limit = Math.min(FIRST, most);
        long now = nanoTime.getAsLong();
        this.cutAt = now - CUT_EVERY_NANOS;
        this.heededAt = now - HEED_EVERY_NANOS;
        this.leftAt = now;
    }

    /** Waits until a line may be called. */
    void acquire() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (true) {
                if (inFlight >= limit()) {
                    freed.await();
                    continue;
                }
                long left = leftAt + pauseNanos() - nanoTime.getAsLong();
                if (left <= 0) {
                    break;
                }
                var _ = freed.awaitNanos(left);
            }
            inFlight++;
        } finally {
            lock.unlock();
        }
    }

    private long pauseNanos() {
        return limit >= 1 ? 0 : (long) (PAUSE_NANOS * (1 - limit) / limit);
    }

    /**
     * Told with each answer what others leave of the ingress' processors.
     *
     * @param percent of them that is idle; 100 where nobody else calls
     */
    void headroom(int percent) {
        lock.lock();
        try {
            isAlone = percent >= NOBODY_ELSE_PERCENT;
            long now = nanoTime.getAsLong();
            if (isAlone) {
                // From here on it grows by calls that go well.
                limit = Math.max(1, limit);
            } else if (now - heededAt >= HEED_EVERY_NANOS) {
                heededAt = now;
                if (percent < SCARCE_PERCENT) {
                    limit = Math.max(LEAST, limit * GIVE_WAY);
                } else if (percent > AMPLE_PERCENT && inFlight >= limit()) {
                    limit = Math.min(most, limit * COME_BACK);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** A call went as it should, whatever the answer. */
    void wentWell() {
        lock.lock();
        try {
            if (isAlone && inFlight >= limit()) {
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
                limit = Math.max(Math.min(1, limit), limit * LESS);
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
        leftAt = nanoTime.getAsLong();
        freed.signalAll();
    }

    /** Calls that may be under way at once; one where there are pauses between them. */
    int limit() {
        lock.lock();
        try {
            return Math.max(1, (int) limit);
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

package dev.sluice.ingress.dispatch;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Retries as a share of all calls, so that a provider that fails is not asked several times as
 * often for it (after Finagle's retry budget: one in five calls, and ten a second besides).
 *
 * <p>Each ingress keeps its own: as each is bound to a share of its own calls, all together are
 * bound to that share of all calls, without a word between them. It lives as long as the ingress: a
 * changed config refills nothing.
 */
public final class RetryBudget {

    /** What one call pays in, in thousandths of a retry. */
    private static final long PER_CALL = 200;

    private static final long RETRY = 1000;
    private static final long PER_SECOND = 10 * RETRY;

    /** Ten seconds' worth of the floor: a burst of failures after a quiet time is tried again. */
    private static final long MOST = 10 * PER_SECOND;

    private final LongSupplier nanoTime;
    private final AtomicLong left = new AtomicLong(MOST);
    private final AtomicLong paidNanos;

    /** A full one, by that monotonic clock. */
    public RetryBudget(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.paidNanos = new AtomicLong(nanoTime.getAsLong());
    }

    /** A call began. */
    void called() {
        // Most of the time it is full, and nothing is written that others would have to reread.
        if (left.get() < MOST) {
            add(PER_CALL);
        }
    }

    /** Whether one retry may be made; it is taken from the budget then. */
    boolean take() {
        payFloor();
        long now = left.get();
        while (now >= RETRY) {
            if (left.compareAndSet(now, now - RETRY)) {
                return true;
            }
            now = left.get();
        }
        return false;
    }

    private void payFloor() {
        long now = nanoTime.getAsLong();
        long paid = paidNanos.get();
        long millis = TimeUnit.NANOSECONDS.toMillis(now - paid);
        long whole = paid + TimeUnit.MILLISECONDS.toNanos(millis);
        if (millis > 0 && paidNanos.compareAndSet(paid, whole)) {
            add(Math.min(millis * PER_SECOND / 1000, MOST));
        }
    }

    private void add(long amount) {
        left.accumulateAndGet(amount, (now, more) -> Math.min(MOST, now + more));
    }
}

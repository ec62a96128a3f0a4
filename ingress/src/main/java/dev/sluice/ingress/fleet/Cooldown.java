package dev.sluice.ingress.fleet;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * How long this ingress leaves a deployment alone, by what it saw itself and at once: the fleet's
 * word takes a round trip through Kafka.
 *
 * <p>Five failures in a row begin a pause, and each further one renews it until a call succeeds.
 */
final class Cooldown {

    /** Where the provider names no time. */
    private static final Duration USUAL = Duration.ofSeconds(5);

    /** A Retry-After beyond this is taken for this. */
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private static final int FAILURES_IN_A_ROW = 5;

    private final LongSupplier nanoTime;
    private final long originNanos;
    private final AtomicLong untilNanos = new AtomicLong();
    private final AtomicInteger failuresInARow = new AtomicInteger();

    Cooldown(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.originNanos = nanoTime.getAsLong();
    }

    boolean isOn() {
        long until = untilNanos.get();
        return until != 0 && nowNanos() < until;
    }

    void succeeded() {
        if (failuresInARow.get() != 0) {
            failuresInARow.set(0);
        }
    }

    void failed(Blame blame) {
        if (failuresInARow.incrementAndGet() >= FAILURES_IN_A_ROW || blame == Blame.REFUSES) {
            extend(USUAL);
        }
    }

    /** The provider asked for a pause of {@code seconds}, negative if it named none. */
    void rateLimited(long seconds) {
        extend(seconds < 0 ? USUAL : Duration.ofSeconds(Math.min(seconds, LONGEST.toSeconds())));
    }

    private void extend(Duration pause) {
        untilNanos.accumulateAndGet(nowNanos() + pause.toNanos(), Math::max);
    }

    private long nowNanos() {
        return nanoTime.getAsLong() - originNanos;
    }
}

package dev.sluice.metering;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Who waits for Kafka to have an event, where Kafka is what makes it safe.
 *
 * <p>Request threads wait here; the shipper sends, and whoever hears of the acknowledgement wakes
 * them. There are never more of them than calls that are being served.
 */
final class Acknowledgements {

    private final ConcurrentHashMap<Attempt, CountDownLatch> waiting = new ConcurrentHashMap<>();
    private final Duration atMost;
    private volatile @Nullable Thread shipper;

    /** Whether Kafka has answered since it last did not. */
    private volatile boolean reachable;

    private record Attempt(UUID requestId, int number) {}

    Acknowledgements(Duration atMost) {
        this.atMost = atMost;
    }

    /** Who is to be woken when there is something to send. */
    void shippedBy(Thread thread) {
        shipper = thread;
    }

    /** Kafka answers. */
    void reached() {
        reachable = true;
    }

    /** Kafka does not answer. */
    void lost() {
        reachable = false;
    }

    boolean isReachable() {
        return reachable;
    }

    /** To be called before the end of the attempt is written down. */
    CountDownLatch expect(UUID requestId, int attempt) {
        var latch = new CountDownLatch(1);
        waiting.put(new Attempt(requestId, attempt), latch);
        return latch;
    }

    /** Nobody waits for this attempt any more. */
    void forget(UUID requestId, int attempt) {
        waiting.remove(new Attempt(requestId, attempt));
    }

    /** What to tell once the end of this attempt is acknowledged; null if nobody waits for it. */
    @Nullable CountDownLatch waiter(UUID requestId, int attempt) {
        return waiting.get(new Attempt(requestId, attempt));
    }

    /** Waits for the acknowledgement; false if it did not come in time. */
    boolean await(CountDownLatch latch) {
        LockSupport.unpark(shipper);
        boolean acknowledged = false;
        try {
            acknowledged = latch.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!acknowledged) {
            reachable = false;
        }
        return acknowledged;
    }
}

package dev.sluice.ingress.capacity;

import dev.sluice.schemas.config.QueueSettings;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * The calls that wait before one model group.
 *
 * <p>Who is next tries by himself, on his own thread, and one at a time: only when he is in, or
 * knows that there is no room, the next one is called. Where there may be room is kept in a set; a
 * deployment is taken out of it before somebody tries and put in whenever a call ends there, so no
 * room stays unseen. The lock is held for some microseconds, and only while somebody waits.
 */
final class GroupQueue {

    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(10);

    private final QueueSettings settings;
    private final QueueMetrics.OfGroup metrics;
    private final LongSupplier nanoTime;

    /** Of all groups: most calls ask no more than whether it is zero. */
    private final AtomicInteger waitingAnywhere;

    private final ReentrantLock lock = new ReentrantLock();
    private final FairOrder order = new FairOrder();
    private final Set<String> mayHaveRoom = new HashSet<>();
    private @Nullable Place trying;
    private Departures departures = new Departures(0);
    private long bytes;
    private long lastNumber;
    private boolean closed;
    private boolean retired;
    private volatile int waiting;

    GroupQueue(
            QueueSettings settings,
            QueueMetrics.OfGroup metrics,
            LongSupplier nanoTime,
            AtomicInteger waitingAnywhere) {
        this.settings = settings;
        this.metrics = metrics;
        this.nanoTime = nanoTime;
        this.waitingAnywhere = waitingAnywhere;
    }

    /** How many calls wait. */
    int waiting() {
        return waiting;
    }

    /** Whether somebody waits for one of these: who comes anew must not overtake him. */
    boolean isAwaited(Set<String> deployments) {
        if (waiting == 0) {
            return false;
        }
        lock.lock();
        try {
            return order.next(place -> !Collections.disjoint(place.deployments(), deployments))
                    != null;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until a try succeeds, or it has been long enough. */
    Waited await(Asking asking, Knock knock) {
        long nowNanos = nanoTime.getAsLong();
        long atMost = settings.timeout().toNanos();
        long untilNanos = nowNanos + Math.min(atMost, asking.deadlineNanos() - nowNanos);
        Place place;
        lock.lock();
        try {
            if (closed) {
                return new Waited.Closed();
            }
            if (retired) {
                return new Waited.Refused(SHORTEST);
            }
            QueueMetrics.Refusal refusal = refusal(asking, untilNanos - nowNanos);
            if (refusal != null) {
                return refused(refusal, expected(asking.tenant(), nowNanos));
            }
            place = join(asking, untilNanos, nowNanos);
        } finally {
            lock.unlock();
        }
        try {
            return await(place, knock, nowNanos);
        } finally {
            leave(place);
        }
    }

    private QueueMetrics.@Nullable Refusal refusal(Asking asking, long leftNanos) {
        if (order.size() >= settings.maxWaiting()
                || bytes + asking.bytes() > settings.maxWaitingBytes()) {
            return QueueMetrics.Refusal.FULL;
        }
        boolean isLate =
                leftNanos <= 0
                        || (departures.isKnown()
                                && expectedNanos(asking.tenant(), nanoTime.getAsLong())
                                        > leftNanos);
        return isLate ? QueueMetrics.Refusal.TOO_LONG : null;
    }

    private Place join(Asking asking, long untilNanos, long nowNanos) {
        var place = new Place(asking, ++lastNumber, untilNanos, Thread.currentThread());
        if (order.size() == 0) {
            departures = new Departures(nowNanos);
        }
        order.add(place);
        bytes += asking.bytes();
        waiting = order.size();
        waitingAnywhere.incrementAndGet();
        // Room that was made since his own try in vain was told to nobody.
        mayHaveRoom.addAll(asking.deployments());
        callNext();
        return place;
    }

    private Waited await(Place place, Knock knock, long sinceNanos) {
        while (true) {
            long nowNanos = nanoTime.getAsLong();
            if (isClosed()) {
                return new Waited.Closed();
            }
            if (place.isCalled()) {
                tries(place);
                Duration room = knock.knock();
                if (room == null) {
                    entered(place);
                    metrics.waited(nanoTime.getAsLong() - sinceNanos);
                    return new Waited.Entered();
                }
                triedInVain();
                if (room.toNanos() > place.untilNanos() - nowNanos) {
                    return refused(QueueMetrics.Refusal.TOO_LONG, room);
                }
            } else if (place.untilNanos() - nowNanos <= 0) {
                return refused(QueueMetrics.Refusal.TIMEOUT, expectedOf(place.tenant()));
            } else {
                LockSupport.parkNanos(this, place.untilNanos() - nowNanos);
                if (Thread.currentThread().isInterrupted()) {
                    return new Waited.Closed();
                }
            }
        }
    }

    private boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    private void tries(Place place) {
        lock.lock();
        try {
            place.called(false);
            mayHaveRoom.removeAll(place.deployments());
        } finally {
            lock.unlock();
        }
    }

    private void entered(Place place) {
        lock.lock();
        try {
            order.served(place);
            gone(place);
            departures.another(nanoTime.getAsLong());
            mayHaveRoom.addAll(place.deployments());
            trying = null;
            callNext();
        } finally {
            lock.unlock();
        }
    }

    private void triedInVain() {
        lock.lock();
        try {
            trying = null;
            callNext();
        } finally {
            lock.unlock();
        }
    }

    /** He has gone, whatever the reason; if it was his turn, it is the next one's. */
    private void leave(Place place) {
        lock.lock();
        try {
            if (order.remove(place)) {
                gone(place);
            }
            if (trying == place) {
                mayHaveRoom.addAll(place.deployments());
                trying = null;
                callNext();
            }
        } finally {
            lock.unlock();
        }
    }

    private void gone(Place place) {
        bytes -= place.bytes();
        waiting = order.size();
        waitingAnywhere.decrementAndGet();
    }

    /** A call has ended at a deployment. */
    void ended(String deploymentId) {
        if (waiting > 0) {
            lock.lock();
            try {
                mayHaveRoom.add(deploymentId);
                callNext();
            } finally {
                lock.unlock();
            }
        }
    }

    /** Something may have changed that nobody tells: a minute is over, other ingresses, a rest. */
    void tick() {
        if (waiting > 0) {
            lock.lock();
            try {
                order.addWished(mayHaveRoom);
                callNext();
            } finally {
                lock.unlock();
            }
        }
    }

    private void callNext() {
        if (trying != null || mayHaveRoom.isEmpty()) {
            return;
        }
        Place next = order.next(place -> !Collections.disjoint(place.deployments(), mayHaveRoom));
        if (next == null) {
            mayHaveRoom.clear();
            return;
        }
        trying = next;
        next.called(true);
        LockSupport.unpark(next.thread());
    }

    /** Lets nobody wait any more, as its group is gone; false where somebody still waits. */
    boolean retire() {
        lock.lock();
        try {
            retired = order.size() == 0;
            return retired;
        } finally {
            lock.unlock();
        }
    }

    /** Sends everybody away. */
    void close() {
        lock.lock();
        try {
            closed = true;
            order.forEach(place -> LockSupport.unpark(place.thread()));
        } finally {
            lock.unlock();
        }
    }

    private Waited refused(QueueMetrics.Refusal why, Duration expected) {
        metrics.refused(why);
        return new Waited.Refused(rounded(expected));
    }

    /** In whole seconds, as headers have it. */
    private static Duration rounded(Duration expected) {
        Duration bounded = expected.compareTo(LONGEST) > 0 ? LONGEST : expected;
        Duration up = Duration.ofSeconds(bounded.plusNanos(999_999_999).toSeconds());
        return up.compareTo(SHORTEST) < 0 ? SHORTEST : up;
    }

    private Duration expectedOf(String tenant) {
        lock.lock();
        try {
            return expected(tenant, nanoTime.getAsLong());
        } finally {
            lock.unlock();
        }
    }

    private Duration expected(String tenant, long nowNanos) {
        return departures.isKnown()
                ? Duration.ofNanos(expectedNanos(tenant, nowNanos))
                : settings.timeout();
    }

    private long expectedNanos(String tenant, long nowNanos) {
        return (long)
                ((order.ahead(tenant) + 1)
                        * (double) TimeUnit.SECONDS.toNanos(1)
                        / departures.aSecond(nowNanos));
    }
}

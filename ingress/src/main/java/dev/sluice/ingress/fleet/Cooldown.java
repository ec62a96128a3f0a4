package dev.sluice.ingress.fleet;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One deployment's rest: awake, at rest until a time, or half awake: then one call probes it while
 * the others go elsewhere. It is awake again when a call succeeds. Times are of a monotonic clock.
 * No call takes a lock.
 */
final class Cooldown {

    /** Rests that a deployment begins with each failed probe grow to this. */
    private static final Duration LONGEST_GROWN = Duration.ofMinutes(1);

    /** A probe that says nothing for so long keeps the others out no longer. */
    private static final long PROBE_NANOS = Duration.ofSeconds(10).toNanos();

    /** Awake for so long, and an earlier rest is forgiven. */
    private static final long FORGIVEN_NANOS = Duration.ofMinutes(1).toNanos();

    private static final long NONE = Long.MIN_VALUE;

    private final MinuteCount minute = new MinuteCount();
    private final AtomicReference<State> state = new AtomicReference<>(State.FRESH);
    private final AtomicReference<Fails> fails = new AtomicReference<>(new Fails(NONE, 0));

    /** This minute's attempts, as far as they say anything. */
    MinuteCount minute() {
        return minute;
    }

    /** Whether it is wholly awake, which needs no clock to say. */
    boolean isAwake() {
        return state.get().isAwake();
    }

    /** Whether calls should go elsewhere: it rests, or a probe is under way. */
    boolean isOn(long nowNanos) {
        State now = state.get();
        return !now.isAwake() && (nowNanos < now.untilNanos || isProbed(now, nowNanos));
    }

    /** When it may be asked again; the present where it may be now. */
    long untilNanos(long nowNanos) {
        State now = state.get();
        if (now.isAwake()) {
            return nowNanos;
        }
        Leave probe = now.probe;
        return probe != null && isProbed(now, nowNanos)
                ? probe.sinceNanos() + PROBE_NANOS
                : Math.max(nowNanos, now.untilNanos);
    }

    /** Until when it rests by what this ingress saw itself; the present where it does not. */
    long ownUntilNanos(long nowNanos) {
        State now = state.get();
        return now.isAwake() || now.isHearsay ? nowNanos : Math.max(nowNanos, now.untilNanos);
    }

    /** Asks for leave to send a call there; half awake, only the first gets it. Null for none. */
    @Nullable Leave enter(long nowNanos) {
        State now = state.get();
        if (now.isAwake()) {
            return Leave.ANY;
        }
        if (nowNanos < now.untilNanos || isProbed(now, nowNanos)) {
            return null;
        }
        Leave leave = Leave.toProbe(this, nowNanos);
        return state.compareAndSet(now, now.probedBy(leave)) ? leave : null;
    }

    private static boolean isProbed(State now, long nowNanos) {
        Leave probe = now.probe;
        return probe != null && nowNanos - probe.sinceNanos() < PROBE_NANOS;
    }

    /** An attempt succeeded. A late one does not end a rest that has just begun. */
    void succeeded(long nowNanos, long minuteNow) {
        State now = state.get();
        if (!now.isAwake() && nowNanos >= now.untilNanos) {
            if (state.compareAndSet(now, now.awake(nowNanos))) {
                // What it did before must not condemn it again at its next failure.
                minute.reset();
            }
        }
        minute.succeeded(minuteNow);
    }

    /** The probe says nothing. Whoever's it is, once another one probes it changes nothing. */
    void givenBack(Leave leave) {
        State now = state.get();
        if (now.probe == leave) {
            // Where this fails, another rest or a success has ended the probe.
            state.compareAndSet(now, now.probedBy(null));
        }
    }

    /** Whether its rest is over, and no call has shown yet that it works. */
    boolean isHalfAwake(long nowNanos) {
        State now = state.get();
        return !now.isAwake() && nowNanos >= now.untilNanos;
    }

    /** Rests for just so long, or goes on to. */
    void rest(long nowNanos, Duration pause) {
        rest(nowNanos, pause, /* grows= */ false, /* isHearsay= */ false);
    }

    /** Rests for so long, times the rests that it has not been forgiven. */
    void restLonger(long nowNanos, Duration pause) {
        rest(nowNanos, pause, /* grows= */ true, /* isHearsay= */ false);
    }

    /** Rests because another ingress says so. */
    void heard(long nowNanos, Duration left) {
        rest(nowNanos, left, /* grows= */ false, /* isHearsay= */ true);
    }

    private void rest(long nowNanos, Duration pause, boolean grows, boolean isHearsay) {
        State now;
        State next;
        do {
            now = state.get();
            if (!now.isAwake() && nowNanos < now.untilNanos) {
                // Failures of calls that were open already: a rest is renewed, not multiplied.
                long until = Math.max(now.untilNanos, nowNanos + pause.toNanos());
                if (isHearsay && until - now.untilNanos < Duration.ofMillis(100).toNanos()) {
                    return;
                }
                next = new State(until, null, now.times, NONE, now.isHearsay && isHearsay);
            } else {
                int times = 1 + now.unforgiven(nowNanos);
                long nanos = grows ? grown(pause, times) : pause.toNanos();
                next = new State(nowNanos + nanos, null, times, NONE, isHearsay);
            }
        } while (!state.compareAndSet(now, next));
    }

    private static long grown(Duration pause, int times) {
        long longest = Math.max(pause.toNanos(), LONGEST_GROWN.toNanos());
        return pause.toNanos() > longest / times ? longest : pause.toNanos() * times;
    }

    /**
     * Counts a failure by the operator's own figures.
     *
     * @param lifetime of the count, from its first failure on
     * @return failures of the count with this one
     */
    int countFail(long nowNanos, Duration lifetime) {
        return fails.updateAndGet(now ->
                        now.sinceNanos == NONE || nowNanos - now.sinceNanos >= lifetime.toNanos()
                                ? new Fails(nowNanos, 1)
                                : new Fails(now.sinceNanos, now.count + 1))
                .count;
    }

    /**
     * What is known of the rest.
     *
     * @param untilNanos when it ends; {@link #NONE} if it is awake
     * @param probe who probes, null if nobody does
     * @param times rests one after another
     * @param wokenNanos when it woke last
     * @param isHearsay whether another ingress sent it to rest
     */
    private record State(
            long untilNanos, @Nullable Leave probe, int times, long wokenNanos, boolean isHearsay) {

        static final State FRESH = new State(NONE, null, 0, NONE, false);

        private static final int TIMES_MAX = 1_000;

        boolean isAwake() {
            return untilNanos == NONE;
        }

        State probedBy(@Nullable Leave leave) {
            return new State(untilNanos, leave, times, wokenNanos, isHearsay);
        }

        State awake(long nowNanos) {
            return new State(NONE, null, times, nowNanos, false);
        }

        int unforgiven(long nowNanos) {
            if (!isAwake() || wokenNanos == NONE) {
                return Math.min(times, TIMES_MAX);
            }
            long forgiven = (nowNanos - wokenNanos) / FORGIVEN_NANOS;
            return (int) Math.max(0, Math.min(times, TIMES_MAX) - forgiven);
        }
    }

    private record Fails(long sinceNanos, int count) {}
}

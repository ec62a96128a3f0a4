package dev.sluice.ingress.capacity;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * How many calls of this ingress a deployment bears at once, as its answers tell.
 *
 * <p>After Netflix's gradient limit: the time to the first content is compared with what prompts of
 * that size usually take. While calls come near the limit and take no longer, the limit grows; when
 * they take more than twice as long, it is cut. Unlike there, times are compared by their
 * logarithms, so that the few long ones do not decide, and what is usual is hardly learned from
 * calls that may be queueing. A provider that is slow for another reason does not become faster by
 * fewer calls: a cut that brings nothing is taken back, and what it takes now is usual from then
 * on.
 *
 * <p>A deployment that refuses (429, or 503 with a Retry-After) is cut to four fifths of what was
 * open. What was never cut, or not for a minute, binds nobody.
 *
 * <p>Nobody waits: of two samples that come at once, one is lost.
 */
public final class AdaptiveConcurrency {

    /** Never fewer calls than this. */
    static final int LEAST = 4;

    /** Whoever never has half as many calls open never meets a limit made of times. */
    static final int START = 200;

    static final int MOST = 2_000;

    private static final int KINDS = 2;
    private static final int BUCKETS = 32;

    /** So many samples make one decision, or twice the limit where that is less. */
    private static final int MOST_SAMPLES = 40;

    private static final int LEAST_SAMPLES = 10;

    /** So many answers make known what is usual. */
    private static final int KNOWN = 10;

    private static final double TOO_LONG = Math.log(2);
    private static final double CALM = Math.log(1.25);

    /** Half as many calls must take three quarters of the time at most, else they are no cause. */
    private static final double FAR_FEWER = 0.55;

    private static final double IMPROVED = Math.log(4.0 / 3);

    private static final double DEEPEST_CUT = 0.5;
    private static final double LEAST_CUT = 0.7;
    private static final double REFUSED_CUT = 0.8;
    private static final double GROWTH = 1.5;

    /** After a cut the limit first grows by its root, and by half only after so many calm times. */
    private static final int CALM_ENOUGH = 4;

    private static final double LEARNED_FASTER = 0.3;
    private static final double FARTHEST = 5;

    private static final double USUAL_HALF_LIFE = TimeUnit.MINUTES.toMicros(1);
    private static final double SLOWER_HALF_LIFE = TimeUnit.MINUTES.toMicros(5);
    private static final long STALE = TimeUnit.SECONDS.toMicros(10);
    private static final long SAME_REFUSAL = TimeUnit.SECONDS.toMicros(1);
    private static final long FORGOTTEN = TimeUnit.MINUTES.toMicros(1);

    /** At slow deployments it takes longer: so many times what the latest answer took. */
    private static final long FORGOTTEN_TIMES = 20;

    private static final double UNUSED = 0.99;

    private final LongSupplier nanoTime;
    private final long originNanos;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicBoolean learning = new AtomicBoolean();
    private volatile double limit = START;
    private volatile boolean isCut;
    private volatile long cutAt;
    private volatile long latestMicros;
    private volatile long refusedAt = -SAME_REFUSAL;

    // All below belongs to who learns.
    private final double[] usual = new double[KINDS * BUCKETS];
    private final long[] sampledAt = new long[KINDS * BUCKETS];
    private final int[] answers = new int[KINDS * BUCKETS];
    private double shift;
    private long since;
    private int samples;
    private int near;
    private double sum;
    private double sumOpen;
    private double latest;
    private boolean isBusy;
    private int calm = CALM_ENOUGH;
    private double overBeforeCuts;
    private double openBeforeCuts;
    private double limitBeforeCuts;

    /** A limit that nothing is known of yet. */
    public AdaptiveConcurrency(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.originNanos = nanoTime.getAsLong();
    }

    /** How many calls may be open. */
    public int limit() {
        return (int) limit;
    }

    /** Whether the limit holds calls back: it was cut, and not long ago. */
    public boolean binds() {
        return isCut && now() - cutAt < Math.max(FORGOTTEN, FORGOTTEN_TIMES * latestMicros);
    }

    /** How many calls are open. */
    public int open() {
        return open.get();
    }

    /** Lets one more call in; false if that is too many. */
    boolean tryEnter() {
        int now = open.get();
        while (now < (int) limit || isForgotten()) {
            if (open.compareAndSet(now, now + 1)) {
                return true;
            }
            now = open.get();
        }
        return false;
    }

    /** Lets one more call in, however many there are. */
    void enter() {
        open.incrementAndGet();
    }

    /** A call that was let in is over. */
    void leave() {
        open.decrementAndGet();
    }

    /** Nothing binds that was not cut, or not for long: a crowd that comes at once is let in. */
    private boolean isForgotten() {
        if (!isCut) {
            return true;
        }
        if (binds() || !learning.compareAndSet(false, true)) {
            return false;
        }
        try {
            isCut = false;
            limit = Math.max(limit, START);
            calm = CALM_ENOUGH;
        } finally {
            learning.set(false);
        }
        return true;
    }

    /**
     * The first content of an answer is here.
     *
     * @param micros since it was sent
     * @param promptBucket as in {@link dev.sluice.ingress.routing.RequestTraits#promptBucket}
     * @param openWhenSent calls that were open then, this one included
     */
    public void answered(long micros, boolean stream, int promptBucket, int openWhenSent) {
        if (learning.compareAndSet(false, true)) {
            try {
                int cell = (stream ? 0 : BUCKETS) + Math.clamp(promptBucket, 0, BUCKETS - 1);
                learn(cell, Math.max(1, micros), openWhenSent);
            } finally {
                learning.set(false);
            }
        }
    }

    /** The deployment refused a call because it has too many. */
    public void refused() {
        long now = now();
        if (now - refusedAt < SAME_REFUSAL || !learning.compareAndSet(false, true)) {
            return;
        }
        try {
            refusedAt = now;
            if (2 * open.get() < (int) limit && limit < START && now - cutAt < STALE) {
                // Cut already, and whoever refuses so few does not go by their number.
                return;
            }
            cut(Math.min(limit, open.get() * REFUSED_CUT), now);
            calm = CALM_ENOUGH / 2;
            openBeforeCuts = 0;
            begin(now);
        } finally {
            learning.set(false);
        }
    }

    private void learn(int cell, long micros, int openWhenSent) {
        long now = now();
        latestMicros = micros;
        double time = Math.log((double) micros) - shift;
        if (answers[cell] < KNOWN) {
            if (latest < CALM) {
                answers[cell]++;
                usual[cell] += (time - usual[cell]) / answers[cell];
            }
            return;
        }
        double over = Math.clamp(time - usual[cell], -FARTHEST, FARTHEST);
        if (!isBusy && Math.abs(latest) < CALM) {
            usual[cell] += over * part(now - sampledAt[cell], USUAL_HALF_LIFE);
        }
        sampledAt[cell] = now;
        if (now - since > Math.max(STALE, 3 * micros)) {
            begin(now);
        }
        // What was sent before the last decision says nothing of what came of it.
        if (now - micros < since) {
            return;
        }
        samples++;
        sum += over;
        sumOpen += openWhenSent;
        near += 2 * openWhenSent >= (int) limit ? 1 : 0;
        if (samples >= Math.clamp((int) (2 * limit), LEAST_SAMPLES, MOST_SAMPLES)) {
            decide(sum / samples, 2 * near >= samples, now);
        }
    }

    private void begin(long now) {
        since = now;
        samples = 0;
        near = 0;
        sum = 0;
        sumOpen = 0;
    }

    /** Decides by how much longer than usual the answers took, as a logarithm. */
    private void decide(double over, boolean isNear, long now) {
        latest = over;
        isBusy = isNear;
        if (isNear && over > TOO_LONG) {
            tooLong(over, sumOpen / samples, now);
        } else {
            openBeforeCuts = 0;
            if (Math.abs(over) < CALM) {
                shift += over * part(now - since, USUAL_HALF_LIFE);
            } else if (over < 0) {
                shift += LEARNED_FASTER * over;
            } else if (!isNear) {
                shift += over * part(now - since, SLOWER_HALF_LIFE);
            }
            if (isNear) {
                grow(over);
            } else if (limit > START) {
                limit = Math.max(START, limit * UNUSED);
            }
        }
        begin(now);
    }

    private void grow(double over) {
        calm = over < CALM ? calm + 1 : 0;
        double more = calm > CALM_ENOUGH ? limit * GROWTH : limit + Math.sqrt(limit);
        limit = Math.min(MOST, more);
    }

    /** What was open counts, not the limit: it may be far above. */
    private void tooLong(double over, double opened, long now) {
        if (openBeforeCuts == 0) {
            overBeforeCuts = over;
            openBeforeCuts = opened;
            limitBeforeCuts = limit;
        } else if (opened <= Math.max(LEAST, openBeforeCuts * FAR_FEWER)
                && over > overBeforeCuts - IMPROVED) {
            shift += over;
            latest = 0;
            openBeforeCuts = 0;
            limit = limitBeforeCuts;
            calm = CALM_ENOUGH;
            return;
        }
        double factor = Math.clamp(Math.exp(TOO_LONG - over), DEEPEST_CUT, LEAST_CUT);
        cut(Math.min(limit, open.get()) * factor, now);
    }

    private void cut(double to, long now) {
        limit = Math.max(LEAST, to);
        cutAt = now;
        isCut = true;
        calm = 0;
    }

    /** What is learned in that time: half of it in the time of that name. */
    private static double part(long micros, double halfLife) {
        return micros / (micros + halfLife);
    }

    private long now() {
        return TimeUnit.NANOSECONDS.toMicros(nanoTime.getAsLong() - originNanos);
    }
}

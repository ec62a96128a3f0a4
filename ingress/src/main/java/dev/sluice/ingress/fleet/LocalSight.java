package dev.sluice.ingress.fleet;

import dev.sluice.ingress.routing.Sight;
import dev.sluice.schemas.events.DeploymentState;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/**
 * The running figures of one deployment. Request threads tell, request threads ask; nobody waits.
 *
 * <p>A time is the product of two estimates. One is slow and by prompt size: what a prompt of that
 * size takes here. The other is the deployment's pace: how the latest answers compare with that,
 * whatever their size, so that what one prompt shows is known for all. The pace rises at once, to
 * the lower of the last two (a single stuck call condemns nobody), and falls back gradually. All of
 * it decays by time, not by count. Two threads that tell at once may lose one of the two samples.
 *
 * <p>Of sizes that were never seen here, the fleet's times are taken, until there are own ones.
 */
final class LocalSight implements Sight {

    private static final int KINDS = 2;
    private static final int BUCKETS = 32;
    private static final int KIND_AND_BUCKET_BITS = 6;

    /** More open calls are not followed one by one. */
    private static final int SLOTS = 64;

    private static final double MICROS_A_SECOND = 1e6;
    private static final double HALF_LIFE = 15 * MICROS_A_SECOND;
    private static final double PACE_HALF_LIFE = 3 * MICROS_A_SECOND;
    private static final double SILENCE_HALF_LIFE = Prior.SILENCE_HALF_LIFE;
    private static final double RATE_HALF_LIFE = 5 * MICROS_A_SECOND;
    private static final double FAILURE_HALF_LIFE = 5 * MICROS_A_SECOND;

    private static final double LN_2 = Math.log(2);

    /** One imagined success of this weight, so that one failure is not everything. */
    private static final double PRIOR_SUCCESSES = 1;

    /** Every sample counts at least this much. */
    private static final double LEAST_WEIGHT = 0.05;

    private static final double OLDEST_COUNT = 10;

    /** A single answer so many times as slow as usual counts as no slower than that. */
    private static final double CREDIBLE = 3;

    /** Four times the prompt takes three times as long, where nothing better is known. */
    private static final double GROWTH_A_BUCKET = 1.7;

    private static final double UNKNOWN = Prior.UNKNOWN;

    /** The fleet's word weighs as much as so many of this ingress' own samples. */
    private static final int PRIOR_SAMPLES = 3;

    private static final int PACE = 0;
    private static final int PACE_AT = 1;
    private static final int LAST_RATIO = 2;
    private static final int INTER_TOKEN = 3;
    private static final int ANSWERS = 4;
    private static final int SUCCESSES = 5;
    private static final int FAILURES = 6;
    private static final int OUTCOME_AT = 7;
    private static final int ANSWERED_AT = 8;
    private static final int MEAN_TTFT = 9;
    private static final int FIGURES = 10;

    private final LongSupplier nanoTime;
    private final long originNanos;
    private final LearnedCeiling ceiling = new LearnedCeiling();
    private final Allowance allowance;
    private final AtomicLongArray slots = new AtomicLongArray(SLOTS);
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicLong newestAnswered = new AtomicLong();
    private final AtomicLong lastHeard = new AtomicLong(-1);
    private final Cells usual = new Cells(KINDS * BUCKETS);
    private final Cells samples = new Cells(KINDS * BUCKETS);
    private final Cells sampledAt = new Cells(KINDS * BUCKETS);
    private final Cells figures = new Cells(FIGURES);
    private volatile Prior prior = Prior.NONE;

    LocalSight(LongSupplier nanoTime, InstantSource clock) {
        this.nanoTime = nanoTime;
        this.allowance = new Allowance(clock);
        this.originNanos = nanoTime.getAsLong();
        figures.set(PACE, 1);
        figures.set(LAST_RATIO, 1);
    }

    /** Microseconds by this sight's own clock, above 0. */
    long now() {
        return 1 + TimeUnit.NANOSECONDS.toMicros(nanoTime.getAsLong() - originNanos);
    }

    /** Another state of the fleet is here, of so long ago. */
    void told(DeploymentState state, Duration age) {
        prior = Prior.of(state, now() - TimeUnit.NANOSECONDS.toMicros(age.toNanos()));
        allowance.told(state.limits());
    }

    /** How many times as long as usual answers take now; null where nothing was heard yet. */
    @Nullable Double slowness() {
        long now = now();
        double late = lateness(now);
        return get(PACE_AT) == UNKNOWN && late <= 1 ? null : Math.max(ownPace(now), late);
    }

    @Override
    public double fleetSlowness() {
        return prior.slowness(now());
    }

    /**
     * A call is sent.
     *
     * @return its slot, -1 if there is none: then {@code answered} and {@code ended} are told so
     */
    int sent(long at, boolean stream, int bucket, double tokens) {
        waiting.incrementAndGet();
        ceiling.sent(at, tokens);
        allowance.sent(tokens);
        long value = (at << KIND_AND_BUCKET_BITS) | cell(stream, bucket);
        // The lowest free one: who looks for the oldest need not look further than there are calls.
        for (int slot = 0; slot < SLOTS; slot++) {
            if (slots.get(slot) == 0 && slots.compareAndSet(slot, 0, value)) {
                return slot;
            }
        }
        return -1;
    }

    /** Its first content arrived. */
    void answered(int slot, long sentAt, boolean stream, int bucket) {
        long now = now();
        heard(slot, sentAt, now);
        int cell = cell(stream, bucket);
        double micros = Math.max(1, now - sentAt);
        double expected = expected(stream, bucket, now);
        double ratio = expected == UNKNOWN ? 1 : micros / expected;
        double last = get(LAST_RATIO);
        set(LAST_RATIO, ratio);
        double pace = ownPace(now);
        set(
                PACE,
                ratio > pace
                        ? Math.max(pace, Math.min(ratio, last))
                        : pace + (ratio - pace) * weight(now, PACE_AT));
        set(PACE_AT, (double) now);
        learn(cell, micros, now);
        double mean = get(MEAN_TTFT);
        set(MEAN_TTFT, mean == UNKNOWN ? micros : mean + (micros - mean) * LEAST_WEIGHT);
        set(ANSWERS, get(ANSWERS) * faded(now - get(ANSWERED_AT), RATE_HALF_LIFE) + 1);
        set(ANSWERED_AT, (double) now);
        outcome(now, SUCCESSES);
    }

    /** It ended well: what came after its first content. */
    void streamed(double microsAToken) {
        double known = get(INTER_TOKEN);
        set(INTER_TOKEN, known == UNKNOWN ? microsAToken : known + (microsAToken - known) * 0.1);
    }

    /**
     * It ended without content.
     *
     * @param isBlamed whether that speaks against the deployment
     */
    void failed(int slot, long sentAt, boolean isBlamed, boolean rateLimited, double tokens) {
        long now = now();
        heard(slot, sentAt, now);
        if (rateLimited) {
            ceiling.refused(now, tokens);
        } else if (isBlamed) {
            outcome(now, FAILURES);
        }
    }

    /** It was waited for in vain: it is at least as slow as that, and nothing was heard of it. */
    void outrun(int slot, long sentAt, boolean stream, int bucket) {
        waiting.decrementAndGet();
        if (slot >= 0) {
            slots.set(slot, 0);
        }
        long now = now();
        double expected = expected(stream, bucket, now);
        double pace = ownPace(now);
        double ratio = expected == UNKNOWN ? 0 : (now - sentAt) / expected;
        if (ratio > pace) {
            set(PACE, Math.max(pace, Math.min(ratio, get(LAST_RATIO))));
            set(LAST_RATIO, ratio);
            set(PACE_AT, (double) now);
        }
    }

    /** It broke off after its first content. */
    void broke() {
        outcome(now(), FAILURES);
    }

    /** The clock is read once for all of it. */
    @Override
    public double expectedMicros(boolean stream, int promptBucket) {
        long now = now();
        return ttftMicros(stream, promptBucket, now)
                * Math.max(1, Math.max(lateness(now), crowding(now)));
    }

    @Override
    public double ttftMicros(boolean stream, int promptBucket) {
        return ttftMicros(stream, promptBucket, now());
    }

    private double ttftMicros(boolean stream, int promptBucket, long now) {
        double expected = expected(stream, promptBucket, now);
        return expected == UNKNOWN ? Double.NaN : expected * pace(now);
    }

    @Override
    public double interTokenMicros() {
        double known = get(INTER_TOKEN);
        return known == UNKNOWN ? Double.NaN : known;
    }

    @Override
    public double crowding() {
        return crowding(now());
    }

    /** By Little's law, so many wait as are answered in the time that one waits. */
    private double crowding(long now) {
        double mean = get(MEAN_TTFT);
        if (mean == UNKNOWN) {
            return waiting.get();
        }
        double answers = get(ANSWERS) * faded(now - get(ANSWERED_AT), RATE_HALF_LIFE);
        double aMicro = answers / (RATE_HALF_LIFE / LN_2);
        return (waiting.get() + 1) / (aMicro * mean + 1);
    }

    @Override
    public double lateness() {
        return lateness(now());
    }

    private double lateness(long now) {
        int open = waiting.get();
        long overtaken = newestAnswered.get();
        long oldest = Long.MAX_VALUE;
        for (int slot = 0; slot < SLOTS && open > 0; slot++) {
            long value = slots.getOpaque(slot);
            if (value != 0) {
                open--;
                if (value < oldest && value >> KIND_AND_BUCKET_BITS > overtaken) {
                    oldest = value;
                }
            }
        }
        if (oldest == Long.MAX_VALUE) {
            return 0;
        }
        int cell = (int) oldest & ((1 << KIND_AND_BUCKET_BITS) - 1);
        double expected = expected(cell < BUCKETS, cell % BUCKETS, now);
        double age = now - (oldest >> KIND_AND_BUCKET_BITS);
        return age / (expected == UNKNOWN ? MICROS_A_SECOND : expected);
    }

    @Override
    public double failureShare() {
        if (get(FAILURES) == 0) {
            return 0;
        }
        double faded = faded(now() - get(OUTCOME_AT), FAILURE_HALF_LIFE);
        double failures = get(FAILURES) * faded;
        return failures / (failures + get(SUCCESSES) * faded + PRIOR_SUCCESSES);
    }

    @Override
    public double quietSeconds() {
        long heard = lastHeard.get();
        return heard < 0 ? Double.POSITIVE_INFINITY : (now() - heard) / MICROS_A_SECOND;
    }

    @Override
    public boolean isHeardOf() {
        return lastHeard.get() >= 0;
    }

    @Override
    public int waiting() {
        return waiting.get();
    }

    @Override
    public double rateUsed() {
        double told = allowance.used();
        return ceiling.isKnown() ? Math.max(told, ceiling.used(now())) : told;
    }

    /** What the provider's headers allow. */
    Allowance allowance() {
        return allowance;
    }

    private void heard(int slot, long sentAt, long now) {
        waiting.decrementAndGet();
        if (slot >= 0) {
            slots.set(slot, 0);
        }
        newestAnswered.accumulateAndGet(sentAt, Math::max);
        lastHeard.set(now);
    }

    private void learn(int cell, double micros, long now) {
        double count = samples.get(cell);
        double known = usual.get(cell);
        double byTime = 1 - faded(now - sampledAt.get(cell), HALF_LIFE);
        if (known == UNKNOWN) {
            known = prior.exactly(cell < BUCKETS, cell % BUCKETS, now);
            count = known == UNKNOWN ? 0 : PRIOR_SAMPLES;
            byTime = 0;
        }
        double bounded = known == UNKNOWN ? micros : Math.min(micros, CREDIBLE * known);
        double byCount = count < OLDEST_COUNT ? 1 / (count + 1) : LEAST_WEIGHT;
        usual.set(
                cell,
                known == UNKNOWN ? micros : known + (bounded - known) * Math.max(byCount, byTime));
        samples.set(cell, count + 1);
        sampledAt.set(cell, (double) now);
    }

    private void outcome(long now, int which) {
        double faded = faded(now - get(OUTCOME_AT), FAILURE_HALF_LIFE);
        set(SUCCESSES, get(SUCCESSES) * faded);
        set(FAILURES, get(FAILURES) * faded);
        set(which, get(which) + 1);
        set(OUTCOME_AT, (double) now);
    }

    /** The fleet's, until one is known here. */
    private double pace(long now) {
        return get(PACE_AT) == UNKNOWN ? prior.slowness(now) : ownPace(now);
    }

    /** Falls back to 1 in silence. */
    private double ownPace(long now) {
        double pace = get(PACE);
        return pace == 1 ? 1 : 1 + (pace - 1) * faded(now - get(PACE_AT), SILENCE_HALF_LIFE);
    }

    private double weight(long now, int since) {
        return Math.max(2 * LEAST_WEIGHT, 1 - faded(now - get(since), PACE_HALF_LIFE));
    }

    /** Own figures of that size, else the fleet's, else own ones of another size. */
    private double expected(boolean stream, int bucket, long now) {
        double known = usual.get(cell(stream, bucket));
        if (known == UNKNOWN) {
            known = prior.exactly(stream, bucket, now);
        }
        if (known == UNKNOWN) {
            known = nearest(stream, bucket);
        }
        return known == UNKNOWN ? prior.roughly(stream, now) : known;
    }

    private double nearest(boolean stream, int bucket) {
        for (int away = 1; away < BUCKETS; away++) {
            double shorter = bucket - away < 0 ? UNKNOWN : usual.get(cell(stream, bucket - away));
            if (shorter != UNKNOWN) {
                return shorter * Math.pow(GROWTH_A_BUCKET, away - 1);
            }
            double longer =
                    bucket + away >= BUCKETS ? UNKNOWN : usual.get(cell(stream, bucket + away));
            if (longer != UNKNOWN) {
                return longer;
            }
        }
        return UNKNOWN;
    }

    private static double faded(double age, double halfLife) {
        return age <= 0 ? 1 : Math.exp(-age / halfLife * LN_2);
    }

    private static int cell(boolean stream, int bucket) {
        return stream ? bucket : BUCKETS + bucket;
    }

    private double get(int figure) {
        return figures.get(figure);
    }

    private void set(int figure, double value) {
        figures.set(figure, value);
    }

    /** Numbers that are read and written whole, and nothing more. */
    private static final class Cells {

        private final AtomicLongArray bits;

        Cells(int size) {
            bits = new AtomicLongArray(size);
        }

        double get(int index) {
            return Double.longBitsToDouble(bits.getOpaque(index));
        }

        void set(int index, double value) {
            bits.setOpaque(index, Double.doubleToRawLongBits(value));
        }
    }
}

package dev.sluice.ingress.limits;

import org.jspecify.annotations.Nullable;

/**
 * The use of one limit here in one stretch of time: a window, a budget's period, or for ever.
 * Guarded by the lock of the {@link Cell} that it belongs to.
 */
final class Span {

    /** How many deviations a crowd of calls keeps in reserve. */
    private static final double RESERVE_DEVIATIONS = 1.5;

    /** A question may wait so many ticks for an answer that never comes. */
    private static final int SILENT_TICKS = 2;

    /** A window that Redis has not named yet. */
    static final long UNNAMED = 0;

    /** A window that began here while Redis could not be asked. */
    static final long OWN = -1;

    final long startedNanos;

    /** Redis' time for a window, the period's start for a budget, in milliseconds. */
    long start;

    long endNanos;

    /** What ended calls have used, in the limit's unit. */
    long settled;

    /**
     * The lease: what this ingress may hold whatever others do. Lowered only by its own word, and
     * kept to from the moment of sending; raised only by Redis' answer.
     */
    long leased;

    /** What all others had leased when Redis was last heard. */
    long others;

    /** What of it they held; the rest is their slack. */
    long othersHeld;

    /** Whether Redis has heard of it from this ingress. */
    boolean stated;

    private long growth;
    private long heldGrowth;
    private long markedOthers;
    private long markedHeld;
    private long markedNanos;

    /** How things stood when Redis last granted; null: it has not yet. */
    @Nullable View view;

    /**
     * What is dealt out while Redis is away. It does not change until Redis grants again: parts of
     * what is left, dealt again and again, would come to more than there is.
     *
     * @param unleased what nobody had leased, less what others are likely to lease before Redis is
     *     found away, if that is found in time
     * @param usedATick what others are likely to use in each tick for which it is found later
     */
    record View(long unleased, int ingresses, long usedATick, long heardNanos) {

        /** What is dealt out, where Redis was found away at that time. */
        long dealt(long lostNanos, long tickNanos) {
            long late = lostNanos - heardNanos - (1 + SILENT_TICKS) * tickNanos;
            return late <= 0 || usedATick <= 0
                    ? unleased
                    : Math.max(0, unleased - usedATick * Math.ceilDiv(late, tickNanos));
        }

        /** After giving back so much, which others may already have when this one loses Redis. */
        View givenBack(long amount) {
            return new View(unleased + amount, ingresses, usedATick, heardNanos);
        }
    }

    /**
     * Learns what others had leased when Redis answered.
     *
     * @param tickNanos for how long an ingress may hear nothing while it has Redis
     */
    void others(long leasedByOthers, long heldByOthers, long nowNanos, long tickNanos) {
        long passed = nowNanos - markedNanos;
        if (!stated || passed >= tickNanos) {
            double ticks = Math.max(1, (double) passed / tickNanos);
            long grown = stated ? (long) ((leasedByOthers - markedOthers) / ticks) : 0;
            long heldGrown = stated ? (long) ((heldByOthers - markedHeld) / ticks) : 0;
            // What grew fast a moment ago may do so again.
            growth = Math.max(grown, growth / 4 * 3);
            heldGrowth = Math.max(heldGrown, heldGrowth / 4 * 3);
            markedOthers = leasedByOthers;
            markedHeld = heldByOthers;
            markedNanos = nowNanos;
        }
        others = leasedByOthers;
        othersHeld = heldByOthers;
    }

    /**
     * How much more others are likely to lease before this ingress finds that Redis is away: a
     * tick's worth, and what they use in the ticks of a deadline that passes unanswered. Slack is
     * topped up once, so only what they use grows on.
     */
    long growth() {
        return growth + SILENT_TICKS * heldGrowth;
    }

    /** What others are likely to use in a tick. */
    long usedATick() {
        return heldGrowth;
    }

    private long mean;
    private double variance;
    private int open;

    Span(long start, long startedNanos, long endNanos) {
        this.start = start;
        this.startedNanos = startedNanos;
        this.endNanos = endNanos;
    }

    /** Used and reserved. */
    long held() {
        return settled + mean + reserve(variance);
    }

    /** Used and reserved if this were added. */
    long heldWith(long addedMean, double addedVariance) {
        return settled + mean + addedMean + reserve(variance + addedVariance);
    }

    boolean isOpen() {
        return open > 0;
    }

    void add(long addedMean, double addedVariance) {
        mean += addedMean;
        variance += addedVariance;
        open++;
    }

    void remove(long addedMean, double addedVariance) {
        mean -= addedMean;
        open--;
        // What is added and removed in floating point leaves crumbs.
        variance = open == 0 ? 0 : Math.max(0, variance - addedVariance);
    }

    private static long reserve(double variance) {
        return variance == 0 ? 0 : (long) Math.ceil(RESERVE_DEVIATIONS * Math.sqrt(variance));
    }
}

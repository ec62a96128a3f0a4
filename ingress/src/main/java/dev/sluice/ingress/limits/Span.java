package dev.sluice.ingress.limits;

import org.jspecify.annotations.Nullable;

/**
 * The use of one limit here in one stretch of time: a window, a budget's period, or for ever.
 * Guarded by the lock of the {@link Cell} that it belongs to.
 */
final class Span {

    /** How many deviations a crowd of calls keeps in reserve. */
    private static final double RESERVE_DEVIATIONS = 1.5;

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

    /** What this ingress may hold and has told Redis, or would have. */
    long leased;

    /** What all others held when Redis was last heard. */
    long others;

    /** Whether Redis has heard of it from this ingress. */
    boolean stated;

    /** How things stood when Redis last granted; null: it has not yet. */
    @Nullable View view;

    /**
     * What shares are reckoned from. It does not change until Redis grants again: shares of what is
     * left, dealt again and again, would come to more than there is.
     *
     * @param growth how much more the others held from one answer to the next, lately: by so much
     *     the view may be behind
     */
    record View(long leased, long others, long growth, int ingresses, long heardNanos) {

        /** What is neither granted here nor held by others. */
        long free(long limit) {
            return limit - others - leased - growth;
        }

        /**
         * After giving back all but so much. Whether Redis has heard it is not known yet: if it
         * has, others may already use it, and only a share of it is left to this ingress.
         */
        View givenBack(long kept) {
            return kept < leased ? new View(kept, others, growth, ingresses, heardNanos) : this;
        }

        /** The view that follows. */
        static View after(
                @Nullable View before, long leased, long others, int ingresses, long heardNanos) {
            long growth =
                    before == null ? 0 : Math.max(others - before.others, before.growth / 10 * 9);
            return new View(leased, others, growth, ingresses, heardNanos);
        }
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

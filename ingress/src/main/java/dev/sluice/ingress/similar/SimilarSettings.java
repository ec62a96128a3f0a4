package dev.sluice.ingress.similar;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How alike questions must be, and what may be kept of them.
 *
 * @param threshold the least cosine of two questions, above 0 and at most 1
 * @param deadline how long a call may wait to learn whether there is a similar question
 * @param entries questions that are kept in process, of all tenants together
 * @param entriesInScope of them, those that differ in nothing but their last turn
 * @param bytes that they may take
 */
public record SimilarSettings(
        double threshold, Duration deadline, int entries, int entriesInScope, long bytes) {

    /** Where the config does not say how alike. */
    public static final double USUAL_THRESHOLD = 0.9;

    private static final Duration USUAL_DEADLINE = Duration.ofMillis(25);
    private static final int USUAL_ENTRIES = 100_000;

    /** Nobody who asks much in one scope pushes out what all others asked. */
    private static final int USUAL_ENTRIES_IN_SCOPE = USUAL_ENTRIES / 4;

    private static final long USUAL_BYTES = 256L << 20;

    public SimilarSettings {
        requireNonNull(deadline, "deadline is null");
        if (!(threshold > 0 && threshold <= 1)) {
            throw new IllegalArgumentException("a threshold is above 0 and at most 1");
        }
    }

    /** With the usual bounds. */
    public static SimilarSettings of(double threshold) {
        return new SimilarSettings(
                threshold, USUAL_DEADLINE, USUAL_ENTRIES, USUAL_ENTRIES_IN_SCOPE, USUAL_BYTES);
    }
}

package dev.sluice.standalone.routing;

import java.util.List;
import java.util.function.Predicate;

/**
 * What one call met.
 *
 * @param atNanos when it was due, on the clock of {@link System#nanoTime}
 * @param ingress its number
 * @param deployment that answered, empty where none did
 * @param firstTokenNanos from then on; until the failure where no token came
 * @param failure empty where the stream came to its end
 */
record Sample(long atNanos, int ingress, String deployment, long firstTokenNanos, String failure) {

    boolean isServed() {
        return failure.isEmpty();
    }

    /** The time in seconds that so many percent of the calls do not exceed. */
    static double firstToken(List<Sample> samples, int percent) {
        List<Long> sorted = samples.stream().map(Sample::firstTokenNanos).sorted().toList();
        int rank = (int) Math.ceil(sorted.size() * percent / 100.0);
        return sorted.get(Math.max(0, rank - 1)) / 1e9;
    }

    /** The share of them, 0 to 1. */
    static double share(List<Sample> samples, Predicate<Sample> which) {
        return samples.stream().filter(which).count() / (double) samples.size();
    }

    /** Those that were due from then on. */
    static List<Sample> since(long nanos, List<Sample> samples) {
        return samples.stream().filter(sample -> sample.atNanos - nanos >= 0).toList();
    }
}

package dev.sluice.schemas.events;

import java.util.Map;
import java.util.TreeMap;

/**
 * A histogram of times in microseconds with eight buckets an octave: a quantile is off by at most 7
 * %, and two sketches add up without loss.
 *
 * <p>Log-linear buckets as in Gil Tene's HdrHistogram: below 8 us one bucket a microsecond, above
 * that the exponent and the next three bits of the value are the bucket's index.
 *
 * @param counts number of values by bucket index; sparse
 */
public record LatencySketch(Map<Integer, Long> counts) {

    /** No values. */
    public static final LatencySketch EMPTY = new LatencySketch(Map.of());

    private static final int SUB_BITS = 3;
    private static final int SUB_BUCKETS = 1 << SUB_BITS;

    public LatencySketch {
        counts = Map.copyOf(counts);
    }

    /** The bucket that holds {@code micros}; negative times count as 0. */
    public static int bucketOf(long micros) {
        if (micros < SUB_BUCKETS) {
            return (int) Math.max(0, micros);
        }
        int exponent = 63 - Long.numberOfLeadingZeros(micros);
        int sub = (int) (micros >>> (exponent - SUB_BITS)) & (SUB_BUCKETS - 1);
        return ((exponent - SUB_BITS + 1) << SUB_BITS) | sub;
    }

    /** The middle of a bucket in microseconds. */
    public static long middleOf(int bucket) {
        if (bucket < SUB_BUCKETS) {
            return bucket;
        }
        int shift = (bucket >>> SUB_BITS) - 1;
        long low = (long) (SUB_BUCKETS | (bucket & (SUB_BUCKETS - 1))) << shift;
        return low + ((1L << shift) >>> 1);
    }

    /** How many values the sketch holds. */
    public long count() {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    /** The mean in microseconds, 0 for no values. */
    public double mean() {
        double sum = 0;
        long count = 0;
        for (Map.Entry<Integer, Long> bucket : counts.entrySet()) {
            sum += (double) middleOf(bucket.getKey()) * bucket.getValue();
            count += bucket.getValue();
        }
        return count == 0 ? 0 : sum / count;
    }

    /** The value below which the share {@code q} of all values lies, 0 for no values. */
    public long quantile(double q) {
        long rank = (long) Math.ceil(q * count());
        long seen = 0;
        for (Map.Entry<Integer, Long> bucket : new TreeMap<>(counts).entrySet()) {
            seen += bucket.getValue();
            if (seen >= rank) {
                return middleOf(bucket.getKey());
            }
        }
        return 0;
    }

    /** Both sketches' values in one. */
    public LatencySketch plus(LatencySketch other) {
        if (other.counts.isEmpty()) {
            return this;
        }
        Map<Integer, Long> sum = new TreeMap<>(counts);
        other.counts.forEach((bucket, count) -> sum.merge(bucket, count, Long::sum));
        return new LatencySketch(sum);
    }
}

package dev.sluice.router;

import dev.sluice.schemas.events.DeploymentState.Latency;
import dev.sluice.schemas.events.LatencySketch;

import java.util.Arrays;

/** Times that count less and less: a {@link LatencySketch} whose counts are weights. */
final class DecayingSketch {

    /** Less than this share of one value of now is no knowledge any more. */
    private static final double SAMPLES_MIN = 0.01;

    private static final int LAST_BUCKET = LatencySketch.bucketOf(Long.MAX_VALUE);

    private double[] weights = new double[0];
    private double total;
    private double sumMicros;

    /** Adds values, each with the same weight; what no sketch can hold is left out. */
    void add(LatencySketch values, double weight) {
        values.counts()
                .forEach((bucket, count) -> {
                    if (count > 0 && isBucket(bucket)) {
                        add(bucket, count * weight);
                    }
                });
    }

    /** Scales everything that was added. */
    void scale(double factor) {
        for (int bucket = 0; bucket < weights.length; bucket++) {
            weights[bucket] *= factor;
        }
        total *= factor;
        sumMicros *= factor;
    }

    /**
     * Mean and quantiles; unknown once what was added has decayed.
     *
     * @param unit the weight of one value of now
     */
    Latency latency(double unit) {
        return total >= SAMPLES_MIN * unit
                ? new Latency(sumMicros / total, quantile(0.5), quantile(0.95), total / unit)
                : Latency.UNKNOWN;
    }

    private static boolean isBucket(int index) {
        return index >= 0 && index <= LAST_BUCKET;
    }

    private void add(int bucket, double weight) {
        if (bucket >= weights.length) {
            weights = Arrays.copyOf(weights, bucket + 16);
        }
        weights[bucket] += weight;
        total += weight;
        sumMicros += weight * LatencySketch.middleOf(bucket);
    }

    private long quantile(double share) {
        double rank = share * total;
        double seen = 0;
        int last = 0;
        for (int bucket = 0; bucket < weights.length; bucket++) {
            if (weights[bucket] > 0) {
                last = bucket;
                seen += weights[bucket];
                if (seen >= rank) {
                    break;
                }
            }
        }
        return LatencySketch.middleOf(last);
    }
}

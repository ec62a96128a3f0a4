package dev.sluice.ingress.fleet;

import dev.sluice.schemas.events.LatencySketch;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/** A {@link LatencySketch} that many threads add to and one empties; no value is lost between. */
final class ConcurrentSketch {

    /** An hour and eleven minutes; longer times count as this. */
    private static final long LONGEST_MICROS = (1L << 32) - 1;

    private final AtomicLongArray counts =
            new AtomicLongArray(LatencySketch.bucketOf(LONGEST_MICROS) + 1);

    void add(long micros) {
        counts.incrementAndGet(LatencySketch.bucketOf(Math.min(micros, LONGEST_MICROS)));
    }

    /** What came since the last call. */
    LatencySketch drain() {
        Map<Integer, Long> drained = null;
        for (int bucket = 0; bucket < counts.length(); bucket++) {
            if (counts.getPlain(bucket) != 0) {
                drained = drained == null ? new HashMap<>() : drained;
                drained.put(bucket, counts.getAndSet(bucket, 0));
            }
        }
        return drained == null ? LatencySketch.EMPTY : new LatencySketch(drained);
    }
}

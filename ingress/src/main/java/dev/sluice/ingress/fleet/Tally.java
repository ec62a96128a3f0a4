package dev.sluice.ingress.fleet;

import java.util.concurrent.atomic.LongAdder;

/** A counter that many threads add to, and whose news one thread takes. */
final class Tally {

    private final LongAdder total = new LongAdder();
    private long taken;

    void add(long amount) {
        total.add(amount);
    }

    /** What came since the last call. Differences of a sum that only grows lose nothing. */
    long drain() {
        long now = total.sum();
        long news = now - taken;
        taken = now;
        return news;
    }
}

package dev.sluice.ingress.fleet;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many attempts of the present minute succeeded and failed, in one word: 20 bits of minute, 22
 * of successes, 22 of failures. A count that is full stays so until the minute ends.
 */
final class MinuteCount {

    private static final int BITS = 22;
    private static final long FULL = (1L << BITS) - 1;
    private static final long MINUTES = (1L << (64 - 2 * BITS)) - 1;

    private final AtomicLong word = new AtomicLong();

    void succeeded(long minute) {
        add(minute, BITS);
    }

    void failed(long minute) {
        add(minute, 0);
    }

    /** Begins anew in the middle of a minute. */
    void reset() {
        word.set(0);
    }

    long successes(long minute) {
        return part(word.get(), minute, BITS);
    }

    long failures(long minute) {
        return part(word.get(), minute, 0);
    }

    private void add(long minute, int shift) {
        long seen;
        long next;
        do {
            seen = word.get();
            if (part(seen, minute, shift) == FULL) {
                return;
            }
            long counts = isOf(seen, minute) ? seen : (minute & MINUTES) << (2 * BITS);
            next = counts + (1L << shift);
        } while (!word.compareAndSet(seen, next));
    }

    private static long part(long word, long minute, int shift) {
        return isOf(word, minute) ? (word >>> shift) & FULL : 0;
    }

    private static boolean isOf(long word, long minute) {
        return word >>> (2 * BITS) == (minute & MINUTES);
    }
}

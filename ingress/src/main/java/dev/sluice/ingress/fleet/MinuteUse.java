package dev.sluice.ingress.fleet;

import dev.sluice.schemas.events.MinuteTotal;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/** Counts what belongs to the present minute of the clock. */
final class MinuteUse {

    private static final long MINUTE_MILLIS = 60_000;

    private final InstantSource clock;
    private final AtomicReference<Counts> counts = new AtomicReference<>(new Counts(-1));

    MinuteUse(InstantSource clock) {
        this.clock = clock;
    }

    void request() {
        present().requests.increment();
    }

    void tokens(long used) {
        present().tokens.add(used);
    }

    long requests() {
        Counts known = counts.get();
        return known.minute == minute() ? known.requests.sum() : 0;
    }

    long tokens() {
        Counts known = counts.get();
        return known.minute == minute() ? known.tokens.sum() : 0;
    }

    /** What was counted in the newest minute that anything was in; null before that. */
    @Nullable MinuteTotal total() {
        Counts known = counts.get();
        return known.minute < 0
                ? null
                : new MinuteTotal(
                        Instant.ofEpochMilli(known.minute * MINUTE_MILLIS),
                        known.requests.sum(),
                        known.tokens.sum());
    }

    private Counts present() {
        long minute = minute();
        Counts known = counts.get();
        if (known.minute == minute) {
            return known;
        }
        counts.compareAndSet(known, new Counts(minute));
        return counts.get();
    }

    private long minute() {
        return clock.millis() / MINUTE_MILLIS;
    }

    private static final class Counts {

        private final long minute;
        private final LongAdder requests = new LongAdder();
        private final LongAdder tokens = new LongAdder();

        Counts(long minute) {
            this.minute = minute;
        }
    }
}

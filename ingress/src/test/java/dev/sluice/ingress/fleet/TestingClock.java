package dev.sluice.ingress.fleet;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/** Wall time and monotonic time that pass when a test says so. */
final class TestingClock implements InstantSource, LongSupplier {

    private Instant now = Instant.parse("2026-03-01T12:00:00Z");
    private long nanos = Long.MAX_VALUE - 1;

    void pass(Duration time) {
        now = now.plus(time);
        nanos += time.toNanos();
    }

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public long getAsLong() {
        return nanos;
    }
}

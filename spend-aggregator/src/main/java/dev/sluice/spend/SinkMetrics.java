package dev.sluice.spend;

import dev.sluice.schemas.Topics;
import dev.sluice.spend.SpendBooks.Outcome.Booked;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** The sink in figures. */
final class SinkMetrics {

    private final Counter booked;
    private final Counter duplicates;
    private final Counter late;
    private final Counter dead;
    private final Counter fenced;
    private final Timer batches;
    private final AtomicInteger halted = new AtomicInteger();

    /** Records, not a number before Kafka and PostgreSQL have both been asked. */
    private final AtomicReference<Double> lag = new AtomicReference<>(Double.NaN);

    SinkMetrics(MeterRegistry registry) {
        booked = events(registry, "booked");
        duplicates = events(registry, "duplicate");
        late = events(registry, "late");
        dead = events(registry, "dead");
        fenced =
                Counter.builder("sluice.sink.fenced")
                        .description("Batches rolled back because another sink had the partition")
                        .register(registry);
        batches =
                Timer.builder("sluice.sink.batch")
                        .description("From a polled batch to its commit")
                        .serviceLevelObjectives(
                                Duration.ofMillis(5),
                                Duration.ofMillis(20),
                                Duration.ofMillis(100),
                                Duration.ofMillis(500),
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(10))
                        .register(registry);
        Gauge.builder("sluice.sink.lag.records", lag, AtomicReference::get)
                .description("Records on the topic that are not yet in the books")
                .tag("topic", Topics.SPEND.name())
                .strongReference(true)
                .register(registry);
        Gauge.builder("sluice.sink.halted", halted, AtomicInteger::get)
                .description("1 if the sink met a record of a newer version and stopped")
                .strongReference(true)
                .register(registry);
    }

    void booked(Booked batch, Duration duration) {
        booked.increment(batch.booked());
        duplicates.increment(batch.duplicates());
        late.increment(batch.late());
        dead.increment(batch.refused());
        batches.record(duration);
    }

    void fenced() {
        fenced.increment();
    }

    void halted() {
        halted.set(1);
    }

    void lag(long records) {
        lag.set((double) records);
    }

    private static Counter events(MeterRegistry registry, String outcome) {
        return Counter.builder("sluice.sink.events")
                .description("Spend events by what became of them")
                .tag("outcome", outcome)
                .register(registry);
    }
}

package dev.sluice.ingress.cache;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** What is counted of the answers in Redis. */
final class RedisMetrics {

    private static final Duration[] BUCKETS = {
        Duration.ofNanos(100_000),
        Duration.ofNanos(250_000),
        Duration.ofNanos(500_000),
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50)
    };

    private final MeterRegistry registry;
    private final Map<Lookup, Counter> lookups = new EnumMap<>(Lookup.class);
    private final Map<Write, Counter> writes = new EnumMap<>(Write.class);
    private final Timer waits;

    /** What came of looking one answer up. */
    enum Lookup {
        HIT,
        MISS,
        /** There is something that is no answer of this fleet and version, or is damaged. */
        UNREADABLE,
        /** Redis refused, or could not be reached. */
        FAILED,
        /** Redis did not answer in time. */
        LATE,
        /** Redis is known to be away: nobody asked. */
        AWAY,
        /** As many ask as may: nobody asked. */
        BUSY,
        /** What was declared invalid of late may not be known here: nobody asked. */
        BEHIND
    }

    private enum Write {
        WRITTEN,
        /** The queue was full, or there was nothing left of the answer's life. */
        DROPPED,
        FAILED
    }

    RedisMetrics(MeterRegistry registry) {
        this.registry = registry;
        for (Lookup outcome : Lookup.values()) {
            lookups.put(
                    outcome,
                    counter(
                            "sluice_cache_redis_lookups",
                            "Answers looked up in Redis",
                            outcome.name()));
        }
        for (Write outcome : Write.values()) {
            writes.put(
                    outcome,
                    counter(
                            "sluice_cache_redis_writes",
                            "Changes for Redis, of answers kept and removed",
                            outcome.name()));
        }
        this.waits =
                Timer.builder("sluice_cache_redis_wait")
                        .description("How long callers waited for Redis")
                        .serviceLevelObjectives(BUCKETS)
                        .register(registry);
    }

    private Counter counter(String name, String description, String outcome) {
        return Counter.builder(name)
                .description(description)
                .tag("outcome", outcome.toLowerCase(Locale.ROOT))
                .register(registry);
    }

    void lookedUp(Lookup outcome, int answers) {
        add(lookups.get(outcome), answers);
    }

    void waited(long nanos) {
        waits.record(Duration.ofNanos(nanos));
    }

    void written(int changes) {
        add(writes.get(Write.WRITTEN), changes);
    }

    void dropped(int changes) {
        add(writes.get(Write.DROPPED), changes);
    }

    void notTaken(int changes) {
        add(writes.get(Write.FAILED), changes);
    }

    private static void add(@org.jspecify.annotations.Nullable Counter counter, int count) {
        if (counter != null) {
            counter.increment(count);
        }
    }

    /** What waits to be written. */
    void waiting(Supplier<Number> changes, LongSupplier bytes) {
        Gauge.builder("sluice_cache_redis_queued", changes)
                .description("Changes that wait to be written to Redis")
                .register(registry);
        Gauge.builder("sluice_cache_redis_queued_bytes", bytes::getAsLong)
                .description("Bytes of answers that wait to be written to Redis")
                .register(registry);
    }

    /** Whether Redis is asked. */
    void asked(BooleanSupplier isAsked) {
        Gauge.builder("sluice_cache_redis_up", () -> isAsked.getAsBoolean() ? 1 : 0)
                .description("1 while answers are looked up in Redis, 0 while it is left alone")
                .register(registry);
    }
}

package dev.sluice.ingress.similar;

import static java.util.Objects.requireNonNull;

import dev.sluice.semantics.encoding.Encoding;
import dev.sluice.semantics.guards.Guard;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** What came of looking for similar questions, and which guard stood in the way. */
final class SimilarMetrics {

    private static final String LOOKUPS = "sluice_semantic_lookups";

    private final Counter hits;
    private final Counter misses;
    private final Counter gone;
    private final Timer encoding;
    private final Map<Guard, Counter> guards = new EnumMap<>(Guard.class);
    private final Map<Encoding.Reason, Counter> refusals = new EnumMap<>(Encoding.Reason.class);

    SimilarMetrics(MeterRegistry registry) {
        hits = lookups(registry, "hit");
        misses = lookups(registry, "miss");
        gone = lookups(registry, "gone");
        for (Encoding.Reason reason : Encoding.Reason.values()) {
            refusals.put(reason, lookups(registry, reason.name().toLowerCase(Locale.ROOT)));
        }
        for (Guard guard : Guard.values()) {
            guards.put(
                    guard,
                    Counter.builder("sluice_semantic_refused_by_guard")
                            .description("Similar questions whose answer was not given, by reason.")
                            .tag("guard", guard.label())
                            .register(registry));
        }
        encoding =
                Timer.builder("sluice_semantic_encoding")
                        .description("Time that calls waited for the vector of their question.")
                        .register(registry);
    }

    private static Counter lookups(MeterRegistry registry, String result) {
        return Counter.builder(LOOKUPS)
                .description("Questions that a similar one was looked for, by what came of it.")
                .tag("result", result)
                .register(registry);
    }

    void encoded(Duration took) {
        encoding.record(took);
    }

    void refused(Encoding.Reason reason) {
        requireNonNull(refusals.get(reason), "each reason is there").increment();
    }

    void refused(Guard guard) {
        requireNonNull(guards.get(guard), "each guard is there").increment();
    }

    void hit() {
        hits.increment();
    }

    void missed() {
        misses.increment();
    }

    /** There was a similar question, but its answer is not kept any more. */
    void gone() {
        gone.increment();
    }
}

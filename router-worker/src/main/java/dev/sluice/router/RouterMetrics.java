package dev.sluice.router;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import java.util.function.BooleanSupplier;

/** The names under which the worker can be watched. */
final class RouterMetrics {

    private final MeterRegistry metrics;
    private final Counter folded;
    private final Counter repeated;
    private final Counter old;
    private final Counter unreadable;
    private final Counter overflowing;
    private final Counter states;
    private final Counter replacedThreads;

    RouterMetrics(MeterRegistry metrics) {
        this.metrics = metrics;
        this.folded = deltas("folded");
        this.repeated = deltas("repeated");
        this.old = deltas("old");
        this.unreadable = deltas("unreadable");
        this.overflowing = deltas("overflowing");
        this.states =
                Counter.builder("sluice_router_states")
                        .description("Deployment states published.")
                        .register(metrics);
        this.replacedThreads =
                Counter.builder("sluice_router_threads_replaced")
                        .description("Stream threads that failed and were replaced.")
                        .register(metrics);
    }

    void watch(BooleanSupplier ready) {
        Gauge.builder("sluice_router_ready", () -> ready.getAsBoolean() ? 1 : 0)
                .description("1 while the worker folds attempts, else 0.")
                .register(metrics);
    }

    /** A delta changed a deployment's figures. */
    void folded() {
        folded.increment();
    }

    /** A delta was known already. */
    void repeated() {
        repeated.increment();
    }

    /** A delta came too late to be worth anything. */
    void old() {
        old.increment();
    }

    /** A record was not a delta that this version can read. */
    void unreadable() {
        unreadable.increment();
    }

    /** A delta named one deployment too many. */
    void overflowing() {
        overflowing.increment();
    }

    /** A state was published. */
    void published() {
        states.increment();
    }

    /** A stream thread failed. */
    void replacedThread() {
        replacedThreads.increment();
    }

    private Counter deltas(String outcome) {
        return Counter.builder("sluice_router_deltas")
                .description("Attempt statistics read, by what became of them.")
                .tag("outcome", outcome)
                .register(metrics);
    }
}

package dev.sluice.ingress.limits;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** The names under which limits can be watched; labels are kinds, never ids. */
final class LimitMetrics {

    private final MeterRegistry registry;
    private final Map<ScopeKind, Map<LimitKind, Counter>> refusals = new EnumMap<>(ScopeKind.class);
    private final Map<DecidedBy, Counter> decisions = new EnumMap<>(DecidedBy.class);
    private final Timer calls;
    private final Counter failures;

    /** What a decision rested on. */
    enum DecidedBy {
        /** No limit at all. */
        NOTHING,
        /** This ingress' lease, or all there is where this is the only ingress. */
        HERE,
        /** A word with Redis. */
        REDIS,
        /** What is dealt out beyond leases, because Redis could not be asked; or there was none. */
        SHARE
    }

    LimitMetrics(MeterRegistry registry) {
        this.registry = registry;
        for (ScopeKind scope : ScopeKind.values()) {
            Map<LimitKind, Counter> byKind = new EnumMap<>(LimitKind.class);
            for (LimitKind kind : LimitKind.values()) {
                byKind.put(
                        kind,
                        Counter.builder("sluice_limit_refusals")
                                .description("Calls that a limit refused.")
                                .tag("scope", scope.word())
                                .tag("kind", kind.word())
                                .register(registry));
            }
            refusals.put(scope, byKind);
        }
        for (DecidedBy by : DecidedBy.values()) {
            decisions.put(
                    by,
                    Counter.builder("sluice_limit_decisions")
                            .description("Calls judged by limits, by what the decision rested on.")
                            .tag("by", by.name().toLowerCase(Locale.ROOT))
                            .register(registry));
        }
        this.calls =
                Timer.builder("sluice_limit_lease_calls")
                        .description("Calls of the lease script that Redis answered.")
                        .register(registry);
        this.failures =
                Counter.builder("sluice_limit_lease_failures")
                        .description("Calls of the lease script without an answer in time.")
                        .register(registry);
    }

    void refused(ScopeKind scope, LimitKind kind) {
        Map<LimitKind, Counter> byKind = refusals.get(scope);
        Counter counter = byKind == null ? null : byKind.get(kind);
        if (counter != null) {
            counter.increment();
        }
    }

    void decided(DecidedBy by) {
        Counter counter = decisions.get(by);
        if (counter != null) {
            counter.increment();
        }
    }

    Timer leaseCalls() {
        return calls;
    }

    void leaseFailed() {
        failures.increment();
    }

    void scopes(Supplier<Number> count) {
        Gauge.builder("sluice_limit_scopes", count)
                .description("Scopes with limits that this ingress keeps in mind.")
                .register(registry);
    }

    void connected(Supplier<Number> connected) {
        Gauge.builder("sluice_limit_redis_connected", connected)
                .description("1 while limits are agreed on with the other ingresses.")
                .register(registry);
    }

    void ingresses(Supplier<Number> count) {
        Gauge.builder("sluice_limit_ingresses", count)
                .description("Ingresses that share the limits, as last heard.")
                .register(registry);
    }
}

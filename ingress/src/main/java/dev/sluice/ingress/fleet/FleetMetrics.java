package dev.sluice.ingress.fleet;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import java.util.function.Supplier;

/** The names under which this package can be watched. */
final class FleetMetrics {

    private FleetMetrics() {}

    static Counter deltas(MeterRegistry metrics, String outcome) {
        return Counter.builder("sluice_attempt_deltas")
                .description("Attempt statistics of this ingress, by what became of them.")
                .tag("outcome", outcome)
                .register(metrics);
    }

    static Counter decisions(MeterRegistry metrics, String outcome) {
        return Counter.builder("sluice_decision_events")
                .description("Records of how calls were routed, by what became of them.")
                .tag("outcome", outcome)
                .register(metrics);
    }

    static Counter unreadableStates(MeterRegistry metrics) {
        return Counter.builder("sluice_deployment_states_unreadable")
                .description("Deployment states that this ingress could not read and skipped.")
                .register(metrics);
    }

    static void freshStates(MeterRegistry metrics, Supplier<Number> count) {
        Gauge.builder("sluice_deployment_states_fresh", count)
                .description("Deployments of which this ingress knows the fleet's fresh figures.")
                .register(metrics);
    }
}

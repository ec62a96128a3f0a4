package dev.sluice.ingress.capacity;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/** The names under which waiting can be watched. */
final class QueueMetrics {

    private static final String WAITING = "sluice_queue_waiting";
    private static final String REFUSED = "sluice_queue_refused";
    private static final String LIMIT = "sluice_deployment_concurrency_limit";

    private final MeterRegistry registry;
    private final Timer waited;

    /** Why a call is sent away. */
    enum Refusal {
        /** As many wait as may. */
        FULL,
        /** It would be of no more use when it came to be served. */
        TOO_LONG,
        /** It has waited as long as it may. */
        TIMEOUT
    }

    QueueMetrics(MeterRegistry registry) {
        this.registry = registry;
        this.waited =
                Timer.builder("sluice_queue_wait")
                        .description("How long calls waited before a model group, then were let in")
                        .serviceLevelObjectives(
                                Duration.ofMillis(10),
                                Duration.ofMillis(50),
                                Duration.ofMillis(100),
                                Duration.ofMillis(500),
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(10),
                                Duration.ofSeconds(30))
                        .register(registry);
    }

    OfGroup of(String modelGroup) {
        return new OfGroup(modelGroup);
    }

    <T> void waiting(String modelGroup, T queue, ToDoubleFunction<T> count) {
        Gauge.builder(WAITING, queue, count)
                .description("Calls that wait before a model group that is full")
                .tag("model_group", modelGroup)
                .strongReference(true)
                .register(registry);
    }

    void limit(String deploymentId, AdaptiveConcurrency concurrency) {
        Gauge.builder(LIMIT, concurrency, AdaptiveConcurrency::limit)
                .description("Calls of this ingress that a deployment seems to bear at once")
                .tag("deployment", deploymentId)
                .register(registry);
    }

    void forgetDeployment(String deploymentId) {
        forget("deployment", deploymentId);
    }

    void forgetGroup(String modelGroup) {
        forget("model_group", modelGroup);
    }

    /** Of this class' own: others have figures by deployment and group, too. */
    private void forget(String tag, String value) {
        for (String name : List.of(WAITING, REFUSED, LIMIT)) {
            registry.find(name).tag(tag, value).meters().forEach(registry::remove);
        }
    }

    /** Of one model group. */
    final class OfGroup {

        private final Map<Refusal, Counter> refused = new EnumMap<>(Refusal.class);

        private OfGroup(String modelGroup) {
            for (Refusal refusal : Refusal.values()) {
                refused.put(
                        refusal,
                        Counter.builder(REFUSED)
                                .description("Calls that a full model group sent away, by reason")
                                .tag("model_group", modelGroup)
                                .tag("reason", refusal.name().toLowerCase(Locale.ROOT))
                                .register(registry));
            }
        }

        void refused(Refusal why) {
            Counter counter = refused.get(why);
            if (counter != null) {
                counter.increment();
            }
        }

        void waited(long nanos) {
            waited.record(nanos, TimeUnit.NANOSECONDS);
        }
    }
}

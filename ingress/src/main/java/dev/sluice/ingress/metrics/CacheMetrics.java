package dev.sluice.ingress.metrics;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the cache saved, by where the answer was and by model. The sums over all labels are what
 * dashboards for LiteLLM ask for.
 */
public final class CacheMetrics {

    /** Callers name the models that a pattern makes: after so many names one is for the rest. */
    private static final int MODELS_MAX = 500;

    private static final String OTHERS = "other";
    private static final double PICO = 1e12;

    private final MeterRegistry registry;
    private final Map<String, OfModel> models = new ConcurrentHashMap<>();
    private final OfModel others;

    /** Where an answer was. */
    public enum Kind {
        /** In this process. */
        PROCESS,
        /** In Redis. */
        REDIS,
        /** To a similar question. */
        SEMANTIC,
        /** On its way to another caller. */
        COALESCED;

        private final String word = name().toLowerCase(Locale.ROOT);

        /** As metrics, the ledger and headers have it. */
        public String word() {
            return word;
        }
    }

    CacheMetrics(MeterRegistry registry) {
        this.registry = registry;
        this.others = new OfModel(registry, OTHERS);
        models.put(OTHERS, others);
    }

    /** Registers the series of model groups, so that a rate over one that never counted is 0. */
    public void know(Collection<String> modelGroups) {
        modelGroups.forEach(this::of);
    }

    /**
     * A call was answered by what had been asked before.
     *
     * @param savedPico what its answer would have cost
     * @param savedTime how much longer the provider took
     */
    public void hit(Kind kind, String modelGroup, long savedPico, Duration savedTime) {
        OfModel model = of(modelGroup);
        OfKind counters = model.of(kind);
        counters.hits.increment();
        counters.savedUsd.increment(savedPico / PICO);
        counters.savedSeconds.increment(Math.max(0, savedTime.toNanos()) / 1e9);
    }

    /** A part of a call's answer had been asked before; its rest was a miss. */
    public void saved(Kind kind, String modelGroup, long savedPico) {
        of(modelGroup).of(kind).savedUsd.increment(savedPico / PICO);
    }

    /** The cache was asked in vain. */
    public void missed(String modelGroup) {
        of(modelGroup).misses.increment();
    }

    private OfModel of(String modelGroup) {
        OfModel known = models.get(modelGroup);
        if (known != null) {
            return known;
        }
        return models.size() < MODELS_MAX
                ? models.computeIfAbsent(modelGroup, name -> new OfModel(registry, name))
                : others;
    }

    private record OfKind(Counter hits, Counter savedUsd, Counter savedSeconds) {}

    private static final class OfModel {
        private final Map<Kind, OfKind> kinds = new EnumMap<>(Kind.class);
        private final Counter misses;

        OfModel(MeterRegistry registry, String model) {
            for (Kind kind : Kind.values()) {
                kinds.put(
                        kind,
                        new OfKind(
                                counter("litellm_cache_hits", "Calls answered from the cache")
                                        .tag("kind", kind.word())
                                        .tag("model", model)
                                        .register(registry),
                                counter(
                                                "sluice_cache_saved_usd",
                                                "What answers from the cache would have cost")
                                        .tag("kind", kind.word())
                                        .tag("model", model)
                                        .register(registry),
                                counter(
                                                "sluice_cache_saved_seconds",
                                                "How much longer providers would have taken")
                                        .tag("kind", kind.word())
                                        .tag("model", model)
                                        .register(registry)));
            }
            misses =
                    counter("litellm_cache_misses", "Calls that the cache was asked for in vain")
                            .tag("model", model)
                            .register(registry);
        }

        OfKind of(Kind kind) {
            return requireNonNull(kinds.get(kind), "each kind is there");
        }

        private static Counter.Builder counter(String name, String description) {
            return Counter.builder(name).description(description);
        }
    }
}

package dev.sluice.ingress.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;

/**
 * The metrics of the request path, under the names that dashboards for LiteLLM ask for. All series
 * exist from the start, so that a rate over one that never counted is 0, not nothing.
 */
public final class GatewayMetrics {

    private static final int UNPRICED_MAX = 500;
    private static final String OTHERS = "other";

    private static final Duration[] BUCKETS =
            Arrays.stream(
                            new int[] {
                                1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000,
                                30_000, 60_000, 120_000
                            })
                    .mapToObj(Duration::ofMillis)
                    .toArray(Duration[]::new);

    private final MeterRegistry registry;
    private final Map<Outcome, Counter> requests = new EnumMap<>(Outcome.class);
    private final Map<Hedge, Counter> hedges = new EnumMap<>(Hedge.class);
    private final Timer duration;
    private final CacheMetrics cache;
    private final Map<String, Timer> providers = new ConcurrentHashMap<>();
    private final Map<String, Counter> unpriced = new ConcurrentHashMap<>();
    private final AtomicLong inFlight = new AtomicLong();

    /** How a request ended, as {@code litellm_requests_total} counts it. */
    public enum Outcome {
        SUCCESS,
        INVALID_REQUEST,
        UNAUTHORIZED,
        RATE_LIMITED,
        PROVIDER_ERROR,
        TIMEOUT,
        CANCELLED,
        INTERNAL_ERROR;

        /** The outcome that an answer's status stands for. */
        public static Outcome of(int status) {
            return switch (status) {
                case 401, 403 -> UNAUTHORIZED;
                case 408, 504 -> TIMEOUT;
                case 429 -> RATE_LIMITED;
                case 500 -> INTERNAL_ERROR;
                default -> status < 400 ? SUCCESS : status < 500 ? INVALID_REQUEST : PROVIDER_ERROR;
            };
        }
    }

    /** What came of a second attempt while the first was silent. */
    public enum Hedge {
        WON,
        LOST,
        FAILED
    }

    /** Registers everything; {@code providerNames} are those of the config. */
    public GatewayMetrics(MeterRegistry registry, Collection<String> providerNames) {
        this.registry = registry;
        for (Outcome outcome : Outcome.values()) {
            requests.put(
                    outcome,
                    Counter.builder("litellm_requests")
                            .description("Requests to model endpoints by how they ended")
                            .tag("status", outcome.name().toLowerCase(Locale.ROOT))
                            .register(registry));
        }
        this.duration =
                timer("litellm_request_duration", "From the request's head to the answer's end")
                        .register(registry);
        this.cache = new CacheMetrics(registry);
        for (Hedge end : Hedge.values()) {
            hedges.put(
                    end,
                    Counter.builder("sluice_hedges")
                            .description("Second attempts of calls by what came of them")
                            .tag("outcome", end.name().toLowerCase(Locale.ROOT))
                            .register(registry));
        }
        know(providerNames);
        Gauge.builder("sluice_requests_in_flight", inFlight, AtomicLong::doubleValue)
                .description("Requests to model endpoints that are open")
                .register(registry);
    }

    /** Registers what further providers need; known ones are left as they are. */
    public void know(Collection<String> providerNames) {
        for (String name : providerNames) {
            providers.computeIfAbsent(
                    name,
                    _ ->
                            timer("litellm_provider_latency", "Attempts from send to end")
                                    .tag("provider", name)
                                    .register(registry));
        }
    }

    /** Registers the model groups of which a deployment has no price. */
    public void knowUnpriced(Collection<String> modelGroups) {
        modelGroups.forEach(this::unpricedOf);
    }

    /** An attempt used tokens whose price is not known: it is booked without cost. */
    public void unpriced(String modelGroup) {
        // Callers name the groups that a pattern makes: after so many names one is for the rest.
        boolean isNamed = unpriced.containsKey(modelGroup) || unpriced.size() < UNPRICED_MAX;
        unpricedOf(isNamed ? modelGroup : OTHERS).increment();
    }

    private Counter unpricedOf(String modelGroup) {
        return unpriced.computeIfAbsent(
                modelGroup,
                name ->
                        Counter.builder("sluice_unpriced_attempts")
                                .description("Attempts booked without cost for want of a price")
                                .tag("model_group", name)
                                .register(registry));
    }

    private static Timer.Builder timer(String name, String description) {
        return Timer.builder(name).description(description).serviceLevelObjectives(BUCKETS);
    }

    /** A request came in. */
    public void requestStarted() {
        inFlight.incrementAndGet();
    }

    /** How many came in since the start. */
    public long requestsStarted() {
        return duration.count() + inFlight.get();
    }

    /** A request is over. */
    public void requestEnded(Outcome outcome, Duration took) {
        inFlight.decrementAndGet();
        Counter counter = requests.get(outcome);
        if (counter != null) {
            counter.increment();
        }
        duration.record(took);
    }

    /** Those of kept answers. */
    public CacheMetrics cache() {
        return cache;
    }

    /** A second attempt is over. */
    public void hedged(Hedge end) {
        Counter counter = hedges.get(end);
        if (counter != null) {
            counter.increment();
        }
    }

    /** An attempt on a provider ended. */
    public void attemptEnded(String provider, Duration took) {
        Timer timer = providers.get(provider);
        if (timer != null) {
            timer.record(took);
        }
    }

    /** A gauge over something that lives as long as the gateway. */
    public <T> void gauge(String name, String description, T source, ToDoubleFunction<T> value) {
        Gauge.builder(name, source, value).description(description).register(registry);
    }
}

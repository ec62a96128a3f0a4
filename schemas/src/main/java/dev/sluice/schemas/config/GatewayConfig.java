package dev.sluice.schemas.config;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;

/**
 * The config file as values. Read it with {@link ConfigReader}.
 *
 * @param notices keys that are not understood or not yet enforced, to be listed at start
 */
public record GatewayConfig(
        List<ModelEntry> modelList,
        CacheSettings cache,
        RouterSettings router,
        GeneralSettings general,
        SluiceSettings sluice,
        List<String> notices) {

    public GatewayConfig {
        modelList = List.copyOf(modelList);
        notices = List.copyOf(notices);
    }

    /** A config without any model: the defaults of everything. */
    public static GatewayConfig empty() {
        return new GatewayConfig(
                List.of(),
                CacheSettings.OFF,
                RouterSettings.DEFAULTS,
                new GeneralSettings(null, null),
                SluiceSettings.DEFAULTS,
                List.of());
    }

    /**
     * One entry of {@code model_list}: a deployment of a model group.
     *
     * @param deploymentId {@code model_info.id}, else derived from the entry as it is written
     * @param modelName the public name of the model group
     * @param model {@code provider/model} or the bare name
     * @param customLlmProvider the provider where it is not a prefix of the model
     * @param weight relative share for {@code simple-shuffle}
     * @param inputCostPerToken USD; prices given here override the price book
     * @param baseModel the name that the price book knows the model by
     */
    public record ModelEntry(
            String deploymentId,
            String modelName,
            String model,
            @Nullable String customLlmProvider,
            @Nullable Setting apiKey,
            @Nullable Setting apiBase,
            @Nullable Duration timeout,
            @Nullable Duration streamTimeout,
            @Nullable Double weight,
            @Nullable Long rpm,
            @Nullable Long tpm,
            @Nullable BigDecimal inputCostPerToken,
            @Nullable BigDecimal outputCostPerToken,
            @Nullable BigDecimal cacheReadInputTokenCost,
            @Nullable String baseModel,
            @Nullable String region,
            String file,
            int line) {

        public ModelEntry {
            requireNonNull(deploymentId, "deploymentId is null");
            requireNonNull(modelName, "modelName is null");
            requireNonNull(model, "model is null");
        }
    }

    /**
     * The exact cache.
     *
     * @param maxBytes bound of the cache in process
     */
    public record CacheSettings(boolean enabled, Duration ttl, long maxBytes) {

        /** No cache; the bounds of one that is switched on without saying more. */
        public static final CacheSettings OFF =
                new CacheSettings(false, Duration.ofMinutes(10), 64L << 20);
    }

    /**
     * Routing and retries.
     *
     * @param strategy in LiteLLM's word, null where the file names none
     * @param numRetries further attempts after the first
     * @param timeout of a whole request, all attempts together
     * @param streamTimeout until the first byte of a stream, null for the request's
     */
    public record RouterSettings(
            @Nullable String strategy,
            int numRetries,
            Duration retryAfter,
            Duration timeout,
            @Nullable Duration streamTimeout,
            @Nullable Duration latencyThreshold) {

        /** LiteLLM's defaults. */
        public static final RouterSettings DEFAULTS =
                new RouterSettings(null, 2, Duration.ZERO, Duration.ofMinutes(100), null, null);
    }

    /** Who the operator is and where the books are. */
    public record GeneralSettings(@Nullable Setting masterKey, @Nullable Setting databaseUrl) {}

    /**
     * The block {@code sluice}: what LiteLLM's file has no word for.
     *
     * @param kafka null for the embedded broker
     * @param spendAggregatorUrl where reports and management calls go, null in standalone
     * @param credential what the services show each other, null to derive it
     * @param instanceId this process among the ingresses, null to make one up
     */
    public record SluiceSettings(
            @Nullable KafkaSettings kafka,
            @Nullable Setting spendAggregatorUrl,
            @Nullable Setting credential,
            @Nullable String instanceId,
            @Nullable String region,
            JournalSettings journal,
            HttpLimits http) {

        /** Everything embedded. */
        public static final SluiceSettings DEFAULTS =
                new SluiceSettings(
                        null,
                        null,
                        null,
                        null,
                        null,
                        JournalSettings.DEFAULTS,
                        HttpLimits.DEFAULTS);
    }

    /**
     * The journal of spend events.
     *
     * @param maxBytes bound on disk
     * @param fsyncInterval what a power loss can cost at most
     * @param whenFull {@code serve} goes on unbooked and counts, {@code refuse} answers 503
     */
    public record JournalSettings(
            long maxBytes, long segmentBytes, Duration fsyncInterval, WhenFull whenFull) {

        /** 4 GiB in segments of 16 MiB, fsync every 10 ms. */
        public static final JournalSettings DEFAULTS =
                new JournalSettings(4L << 30, 16 << 20, Duration.ofMillis(10), WhenFull.SERVE);

        /** What happens to a call that cannot be written down. */
        public enum WhenFull {
            SERVE,
            REFUSE
        }
    }

    /**
     * The bounds of what callers may send.
     *
     * @param maxRequestBytes of one body
     * @param maxBytesInFlight of all bodies being read or served
     * @param bodyTimeout until a body has arrived
     */
    public record HttpLimits(
            long maxRequestBytes, long maxBytesInFlight, Duration bodyTimeout, int maxConnections) {

        /** 20 MiB a body, 512 MiB in all, 30 s to send it. */
        public static final HttpLimits DEFAULTS =
                new HttpLimits(20L << 20, 512L << 20, Duration.ofSeconds(30), 8192);
    }
}

package dev.sluice.schemas.config;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * The config file as values. Read it with {@link ConfigReader}.
 *
 * @param modelList the deployments, in the order of the file
 * @param cache the cache of answers
 * @param router routing and retries
 * @param general who the operator is, and where the books are
 * @param litellm what holds for all calls and accounts
 * @param sluice what LiteLLM's file has no word for
 * @param redis the Redis that ingresses share, null if none is configured
 * @param variables {@code environment_variables}
 * @param notices keys that are not understood or not yet enforced, to be listed at start
 */
public record GatewayConfig(
        List<ModelEntry> modelList,
        CacheSettings cache,
        RouterSettings router,
        GeneralSettings general,
        LitellmSettings litellm,
        SluiceSettings sluice,
        @Nullable RedisSettings redis,
        Map<String, Secret> variables,
        List<String> notices) {

    public GatewayConfig {
        modelList = List.copyOf(modelList);
        variables = Map.copyOf(variables);
        notices = List.copyOf(notices);
    }

    /** A config without any model: the defaults of everything. */
    public static GatewayConfig empty() {
        return new GatewayConfig(
                List.of(),
                CacheSettings.OFF,
                RouterSettings.DEFAULTS,
                GeneralSettings.DEFAULTS,
                LitellmSettings.DEFAULTS,
                SluiceSettings.DEFAULTS,
                null,
                Map.of(),
                List.of());
    }

    /** The file's own variables before those of the process. */
    public UnaryOperator<String> variablesBefore(UnaryOperator<String> environment) {
        return name -> {
            Secret own = variables.get(name);
            return own == null ? environment.apply(name) : own.reveal();
        };
    }

    /**
     * One entry of {@code model_list}: a deployment of a model group.
     *
     * @param deploymentId {@code model_info.id}, else derived from the entry as it is written
     * @param modelName the public name of the model group; {@code *} stands for any text
     * @param params how it is called
     * @param info what is known of it
     * @param file the file that it stands in
     * @param line where it begins, counted from 1
     */
    public record ModelEntry(
            String deploymentId,
            String modelName,
            ModelParams params,
            ModelInfo info,
            String file,
            int line) {

        public ModelEntry {
            requireNonNull(deploymentId, "deploymentId is null");
            requireNonNull(modelName, "modelName is null");
            requireNonNull(params, "params is null");
            requireNonNull(info, "info is null");
        }

        /** {@code provider/model} or the bare name. */
        public String model() {
            return params.model();
        }

        /** The provider where it is not a prefix of the model. */
        public @Nullable String customLlmProvider() {
            return params.customLlmProvider();
        }

        /** What the provider is shown. */
        public @Nullable Setting apiKey() {
            return params.apiKey();
        }

        /** The URL that the provider's paths are appended to. */
        public @Nullable Setting apiBase() {
            return params.apiBase();
        }

        /** Of one call; null for the router's. */
        public @Nullable Duration timeout() {
            return params.timeout();
        }

        /** Until the first byte of a stream; null for the router's. */
        public @Nullable Duration streamTimeout() {
            return params.streamTimeout();
        }

        /** Relative share for {@code simple-shuffle}. */
        public @Nullable Double weight() {
            return params.weight();
        }

        /** Requests a minute. */
        public @Nullable Long rpm() {
            return params.rpm();
        }

        /** Tokens a minute. */
        public @Nullable Long tpm() {
            return params.tpm();
        }

        /** USD; prices given here override the price book. */
        public @Nullable BigDecimal inputCostPerToken() {
            return first(params.prices().inputCostPerToken(), info.prices().inputCostPerToken());
        }

        /** USD of an answer's token. */
        public @Nullable BigDecimal outputCostPerToken() {
            return first(params.prices().outputCostPerToken(), info.prices().outputCostPerToken());
        }

        /** USD of a prompt token that the provider's cache had. */
        public @Nullable BigDecimal cacheReadInputTokenCost() {
            return first(
                    params.prices().cacheReadInputTokenCost(),
                    info.prices().cacheReadInputTokenCost());
        }

        /** USD of a prompt token written to the provider's cache. */
        public @Nullable BigDecimal cacheCreationInputTokenCost() {
            return first(
                    params.prices().cacheCreationInputTokenCost(),
                    info.prices().cacheCreationInputTokenCost());
        }

        /** The name that the price book knows the model by. */
        public @Nullable String baseModel() {
            return info.baseModel();
        }

        /** Where it stands. */
        public @Nullable String region() {
            return params.regionName();
        }

        private static @Nullable BigDecimal first(
                @Nullable BigDecimal own, @Nullable BigDecimal other) {
            return own != null ? own : other;
        }
    }

    /**
     * The cache of answers.
     *
     * @param enabled whether answers are kept at all
     * @param params where and which
     * @param semantic answers to similar questions are wanted too
     * @param redis where answers are kept for all gateways; null for in process alone
     */
    public record CacheSettings(
            boolean enabled, CacheParams params, boolean semantic, @Nullable RedisSettings redis) {

        private static final String PREFIX = "sluice";

        /** No cache; the bounds of one that is switched on without saying more. */
        public static final CacheSettings OFF =
                new CacheSettings(false, CacheParams.DEFAULTS, false, null);

        /** An exact cache in process. */
        public CacheSettings(boolean enabled, Duration ttl, long maxBytes) {
            this(enabled, inProcess(ttl, maxBytes), false, null);
        }

        private static CacheParams inProcess(Duration ttl, long maxBytes) {
            CacheParams standard = CacheParams.DEFAULTS;
            return new CacheParams(
                    standard.type(),
                    standard.mode(),
                    null,
                    ttl,
                    maxBytes,
                    null,
                    standard.redis(),
                    null,
                    null,
                    null,
                    standard.semantic(),
                    standard.storage());
        }

        /** How long an answer is kept, where its caller does not say. */
        public Duration ttl() {
            Duration own = redis == null ? params.defaultInMemoryTtl() : params.defaultInRedisTtl();
            return own != null ? own : params.ttl();
        }

        /** How long the copy in process of what Redis has is kept at most; null for as long. */
        public @Nullable Duration copyTtl() {
            return redis == null ? null : params.defaultInMemoryTtl();
        }

        /** What the keys in Redis begin with. */
        public String prefix() {
            String namespace = params.namespace();
            return namespace == null || namespace.isBlank() ? PREFIX : namespace;
        }

        /** Bound of the cache in process. */
        public long maxBytes() {
            return params.maxBytes();
        }

        /** How similar a question has to be, from 0 to 1; null where nobody said. */
        public @Nullable BigDecimal similarityThreshold() {
            return params.semantic().similarityThreshold();
        }
    }

    /**
     * {@code router_settings}: routing and retries.
     *
     * @param strategy how one of the deployments is chosen
     * @param strategyArgs what the strategy goes by
     * @param numRetries further attempts after the first
     * @param retryAfter least wait before a further attempt
     * @param timeout of a whole request, all attempts together
     * @param streamTimeout until the first byte of a stream; else the request's
     * @param latencyThreshold deployments within this of the fastest are as good as it
     * @param fallbacks who stands in for whom
     * @param retries how often is tried again, and what rests
     * @param rules what else the router goes by
     * @param redis the Redis that ingresses share
     */
    public record RouterSettings(
            @Key(
                            name = "routing_strategy",
                            oneOf = {
                                "simple-shuffle",
                                "latency-based-routing",
                                "least-busy",
                                "cost-based-routing",
                                "usage-based-routing",
                                "usage-based-routing-v2",
                                "adaptive"
                            })
                    @Nullable String strategy,
            @Key(name = "routing_strategy_args") @Nullable StrategyArgs strategyArgs,
            @Key(standard = "2", max = "100") int numRetries,
            @Key(standard = "0") Duration retryAfter,
            @Key(standard = "6000", min = "0.001") Duration timeout,
            @Nullable Duration streamTimeout,
            @Nullable Duration latencyThreshold,
            @Key(inline = true) RouterFallbacks fallbacks,
            @Key(inline = true) RouterRetries retries,
            @Key(inline = true) RouterRules rules,
            @Key(inline = true) RouterRedis redis) {

        /** LiteLLM's defaults. */
        public static final RouterSettings DEFAULTS = RecordBinder.standard(RouterSettings.class);

        /**
         * What a strategy goes by.
         *
         * @param ttl how long measurements count
         * @param lowestLatencyBuffer deployments slower than the fastest by at most this share are
         *     as good as it: 0.1 is a tenth
         * @param maxLatencyListSize measurements that are kept
         * @param priceWeight what {@code adaptive} gives for price: with 1, a deployment twice as
         *     dear as the cheapest must be twice as fast to be as good; with 0, price is nothing
         * @param extra all other keys
         */
        public record StrategyArgs(
                @Nullable Duration ttl,
                @Nullable BigDecimal lowestLatencyBuffer,
                @Key(min = "1", max = "100000") @Nullable Integer maxLatencyListSize,
                @Key(min = "0", max = "1") @Nullable BigDecimal priceWeight,
                @Key(rest = true) java.util.Map<String, Object> extra) {}
    }

    /**
     * {@code general_settings}: who the operator is, and where the books are.
     *
     * @param masterKey whoever has it may do everything; without one, so may everybody
     * @param databaseUrl the books' PostgreSQL; an embedded one if it is not given
     * @param databaseConnectionPoolLimit connections of a process to it, 2 at least
     * @param databaseConnectionTimeout how long is waited for a connection, then the answer is 503
     * @param connectionPoolSize connections to one provider (scheme, host and port) that are open
     *     at once
     * @param connectionPoolTimeout how long a call waits, in turn, for one of them, then the answer
     *     is 503
     * @param access who may send what
     */
    public record GeneralSettings(
            @Nullable Setting masterKey,
            @Nullable Setting databaseUrl,
            @Key(min = "1", max = "10000", standard = "10") int databaseConnectionPoolLimit,
            @Key(standard = "5") Duration databaseConnectionTimeout,
            @Key(min = "1", max = "100000", standard = "2048") int connectionPoolSize,
            @Key(standard = "5") Duration connectionPoolTimeout,
            @Key(inline = true) AccessRules access) {

        /** LiteLLM's defaults. */
        public static final GeneralSettings DEFAULTS = RecordBinder.standard(GeneralSettings.class);
    }

    /**
     * The block {@code sluice}: what LiteLLM's file has no word for.
     *
     * @param kafka where Kafka is; an embedded broker if it is not given
     * @param services where the other services are; not needed in standalone
     * @param accounts how accounts are published
     * @param instanceId this process among the ingresses; else made up
     * @param region where this process stands; deployments are asked the nearest first
     * @param regionDistances milliseconds of a round trip between regions; one direction holds for
     *     both unless the other is given too. Others are taken from the continents
     * @param decisions the records of how calls were routed
     * @param journal the journal of spend events
     * @param http the bounds of what callers may send
     * @param prices where prices come from
     * @param hedging second attempts while a first one is silent
     * @param passThrough providers whose APIs callers may use as they are; none unless named
     * @param queue calls that wait where all deployments of a model are full
     * @param cache whom kept answers may be given to
     */
    public record SluiceSettings(
            @Nullable KafkaSettings kafka,
            ServiceSettings services,
            AccountSettings accounts,
            @Key(is = TextRule.NAME) @Nullable String instanceId,
            @Key(is = TextRule.NAME) @Nullable String region,
            @Key(max = "60000") Map<String, Map<String, Integer>> regionDistances,
            DecisionSettings decisions,
            JournalSettings journal,
            HttpLimits http,
            PriceSettings prices,
            HedgingSettings hedging,
            List<PassThroughSettings> passThrough,
            QueueSettings queue,
            CacheRules cache) {

        /** Everything embedded. */
        public static final SluiceSettings DEFAULTS = RecordBinder.standard(SluiceSettings.class);

        /** Where reports and management calls go, null in standalone. */
        public @Nullable Setting spendAggregatorUrl() {
            return services.spendAggregator();
        }

        /** What the services show each other, null to derive it. */
        public @Nullable Setting credential() {
            return services.credential();
        }
    }

    /**
     * Where the other services are.
     *
     * @param spendAggregator URL that reports and management calls go to
     * @param batchService URL that files and batches go to
     * @param credential what the services show each other; else derived from the master key
     */
    public record ServiceSettings(
            @Key(is = TextRule.HTTP_URL) @Nullable Setting spendAggregator,
            @Key(is = TextRule.HTTP_URL) @Nullable Setting batchService,
            @Nullable Setting credential) {}

    /**
     * The records of how calls were routed, for who compares strategies afterwards.
     *
     * @param sampleRate the share of calls that have one: 0.01 is one in a hundred, 0 none
     * @param maxPerSecond calls of one gateway that have one at most, however many come
     */
    public record DecisionSettings(
            @Key(standard = "0.01", max = "1") BigDecimal sampleRate,
            @Key(standard = "100", max = "10000") int maxPerSecond) {}

    /**
     * Where prices come from, besides the deployments themselves and the book that comes along.
     *
     * @param file a price file of Sluice's format, or LiteLLM's {@code
     *     model_prices_and_context_window.json}; what it says goes before the book that comes along
     */
    public record PriceSettings(@Key(is = TextRule.NAME) @Nullable String file) {}

    /**
     * How accounts are published.
     *
     * @param signingKey what account records are signed with; else derived from the master key
     */
    public record AccountSettings(@Nullable Setting signingKey) {}

    /**
     * The journal of spend events.
     *
     * @param maxBytes bound on disk
     * @param segmentBytes size of one file
     * @param fsyncInterval what a power loss can cost at most
     * @param whenFull {@code serve} goes on unbooked and counts, {@code refuse} answers 503
     * @param durability where an event is safe: on the {@code disk} of this process, or in {@code
     *     kafka} for a process without one
     */
    public record JournalSettings(
            @Key(min = "1048576", standard = "4294967296") long maxBytes,
            @Key(min = "65536", max = "1073741824", standard = "16777216") long segmentBytes,
            @Key(name = "fsync_interval_ms", standard = "10", min = "1") Duration fsyncInterval,
            @Key(standard = "serve") WhenFull whenFull,
            @Key(standard = "disk") Durability durability) {

        /** 4 GiB in segments of 16 MiB, fsync every 10 ms. */
        public static final JournalSettings DEFAULTS = RecordBinder.standard(JournalSettings.class);

        /** A journal on disk. */
        public JournalSettings(
                long maxBytes, long segmentBytes, Duration fsyncInterval, WhenFull whenFull) {
            this(maxBytes, segmentBytes, fsyncInterval, whenFull, Durability.DISK);
        }

        /** What happens to a call that cannot be written down. */
        public enum WhenFull {
            SERVE,
            REFUSE
        }

        /** Where an event is safe. */
        public enum Durability {
            DISK,
            KAFKA
        }
    }

    /**
     * The bounds of what callers may send.
     *
     * @param maxRequestBytes of one body
     * @param maxBytesInFlight of all bodies being read or served, with what they are translated to
     * @param bodyTimeout until a body has arrived
     * @param maxConnections open connections of callers
     * @param headerTimeout until the head of a request has arrived
     */
    public record HttpLimits(
            @Key(min = "1", standard = "20971520") long maxRequestBytes,
            @Key(min = "1", standard = "536870912") long maxBytesInFlight,
            @Key(standard = "30", min = "0.001") Duration bodyTimeout,
            @Key(min = "1", max = "1000000", standard = "8192") int maxConnections,
            @Key(standard = "10", min = "0.001") Duration headerTimeout) {

        /** 20 MiB a body, 512 MiB in all, 30 s to send it. */
        public static final HttpLimits DEFAULTS = RecordBinder.standard(HttpLimits.class);
    }
}

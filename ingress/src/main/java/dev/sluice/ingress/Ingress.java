package dev.sluice.ingress;

import dev.sluice.ingress.accounts.AccountsView;
import dev.sluice.ingress.accounts.KeyDirectory;
import dev.sluice.ingress.admission.CallAdmission;
import dev.sluice.ingress.admission.DeploymentLimits;
import dev.sluice.ingress.auth.AccessSettings;
import dev.sluice.ingress.auth.Authenticator;
import dev.sluice.ingress.books.CallBooks;
import dev.sluice.ingress.cache.AnswerCache;
import dev.sluice.ingress.cache.CacheTiers;
import dev.sluice.ingress.capacity.Capacity;
import dev.sluice.ingress.dispatch.Dispatcher;
import dev.sluice.ingress.dispatch.RetryBudget;
import dev.sluice.ingress.fleet.AttemptRecorder;
import dev.sluice.ingress.fleet.Background;
import dev.sluice.ingress.fleet.CooldownRules;
import dev.sluice.ingress.fleet.DecisionPublisher;
import dev.sluice.ingress.fleet.DeltaPublisher;
import dev.sluice.ingress.fleet.DeploymentStates;
import dev.sluice.ingress.fleet.Rests;
import dev.sluice.ingress.http.GatewayServer;
import dev.sluice.ingress.http.HealthHandlers;
import dev.sluice.ingress.limits.AccountLimiter;
import dev.sluice.ingress.limits.BudgetStates;
import dev.sluice.ingress.limits.Limiter;
import dev.sluice.ingress.limits.OutputEstimate;
import dev.sluice.ingress.limits.RedisAddress;
import dev.sluice.ingress.metrics.ConnectionMetrics;
import dev.sluice.ingress.metrics.GatewayMetrics;
import dev.sluice.ingress.similar.SimilarAnswers;
import dev.sluice.ingress.upstream.ModelCatalog;
import dev.sluice.ingress.upstream.TokenMetrics;
import dev.sluice.metering.Journal;
import dev.sluice.metering.KafkaEventSender;
import dev.sluice.metering.Shipper;
import dev.sluice.providers.protocol.TokenSources;
import dev.sluice.providers.tokens.ProviderTokens;
import dev.sluice.providers.transport.SocketTransport;
import dev.sluice.providers.transport.TransportSettings;
import dev.sluice.providers.transport.UpstreamTransport;
import dev.sluice.schemas.accounts.RecordSignature;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.GatewayConfig.JournalSettings;
import dev.sluice.schemas.config.InvalidConfigException;
import dev.sluice.schemas.config.Secret;

import io.helidon.common.tls.Tls;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/**
 * One ingress: {@code http -> auth -> admission -> cache -> routing -> upstream -> metering}. Kafka
 * and Redis may be away, also at start; only the journal's folder is needed.
 */
public final class Ingress implements AutoCloseable {

    private static final Duration CLOSING = Duration.ofSeconds(1);

    private final IngressSettings settings;
    private final TokenSources tokens;
    private final JournalPlace place;
    private final Journal journal;
    private final Shipper shipper;
    private final AttemptRecorder attempts;
    private final Capacity capacity;
    private final RetryBudget retries = new RetryBudget(System::nanoTime);
    private final Background waking;
    private final DeltaPublisher deltas;
    private final DecisionPublisher decisions;
    private final DeploymentStates states;
    private final BudgetStates budgets;
    private final Limiter limiter;
    private final OutputEstimate outputs = new OutputEstimate();
    private final UpstreamTransport transport;
    private final @Nullable AccountsView accounts;
    private final KeyDirectory directory;
    private final CallBooks books;
    private final GatewayMetrics metrics;
    private final CacheTiers cache;
    private final @Nullable SimilarAnswers similar;
    private final HealthHandlers health = new HealthHandlers();
    private final GatewayServer server;
    private final GatewayConfig started;
    private volatile List<String> notices;

    /**
     * Opens the journal and prepares everything; nothing listens yet.
     *
     * @throws InvalidConfigException if the config names deployments that cannot be called
     * @throws IOException if the journal cannot be opened
     */
    public Ingress(GatewayConfig config, IngressSettings settings, PrometheusMeterRegistry registry)
            throws InvalidConfigException, IOException {
        this(config, settings, registry, new ProviderTokens(new TokenMetrics(registry)));
    }

    /**
     * The same, with access tokens from elsewhere.
     *
     * @throws InvalidConfigException if the config names deployments that cannot be called
     * @throws IOException if the journal cannot be opened
     */
    public Ingress(
            GatewayConfig config,
            IngressSettings settings,
            PrometheusMeterRegistry registry,
            TokenSources tokens)
            throws InvalidConfigException, IOException {
        this.settings = settings;
        this.tokens = tokens;
        this.started = config;
        ModelCatalog catalog = catalog(config);
        Optional<RedisAddress> redis = Configured.redis(config, settings.environment());
        TransportSettings reaching =
                Configured.transport(config, settings.environment(), settings.spendAggregator());
        Optional<Tls> tls = Certificates.tls(settings.tls());
        this.notices = catalog.notices();
        String named = config.sluice().instanceId();
        String instance = named != null ? named : UUID.randomUUID().toString();
        this.metrics = new GatewayMetrics(registry, catalog.providers());
        metrics.knowUnpriced(catalog.unpricedGroups());
        JournalSettings journaling = config.sluice().journal();
        this.place = JournalPlace.choose(settings.data(), journaling);
        this.journal = Journal.open(place.folder(), journaling, registry);
        Duration linger = JournalPlace.linger(journaling);
        this.shipper =
                new Shipper(
                        journal, () -> KafkaEventSender.open(settings.kafka(), linger), registry);
        this.attempts = new AttemptRecorder(catalog.deploymentIds());
        attempts.rests().follow(CooldownRules.of(config, catalog.deploymentIds()));
        this.capacity =
                new Capacity(
                        config.sluice().queue(), attempts::concurrency, System::nanoTime, registry);
        capacity.know(config.modelList(), Set.copyOf(catalog.deploymentIds()));
        this.waking = new Background("sluice-queues", Capacity.TICK, capacity::tick);
        this.deltas = new DeltaPublisher(settings.kafka(), attempts, instance, registry);
        this.decisions =
                new DecisionPublisher(
                        settings.kafka(), config.sluice().decisions(), instance, registry);
        this.states = new DeploymentStates(settings.kafka(), attempts, registry);
        this.accounts = accounts(settings, registry);
        this.directory = accounts == null ? KeyDirectory.NONE : accounts;
        this.budgets =
                new BudgetStates(
                        settings.kafka(), settings.data().resolve("budgets.snapshot"), registry);
        this.limiter = limiter(redis, config.litellm().timezone(), registry);
        this.transport = new SocketTransport(reaching, new ConnectionMetrics(registry));
        this.cache = cache(config, settings, registry);
        this.similar = similar(config, settings, registry);
        watchParts(redis.isPresent());
        this.books =
                new CallBooks(
                        journal, attempts, metrics, journaling.whenFull(), InstantSource.system());
        this.server =
                new GatewayServer(
                        settings.host(),
                        settings.port(),
                        tls,
                        Configured.http(config),
                        new GatewayServer.Parts(
                                directory,
                                accounts,
                                budgets::spentPico,
                                cache,
                                similar,
                                books,
                                transport,
                                settings.spendAggregator(),
                                settings.batchService(),
                                settings.credential(),
                                settings.signingKey(),
                                settings.internal(),
                                health,
                                metrics,
                                registry),
                        rules(config, catalog));
    }

    private static CacheTiers cache(
            GatewayConfig config, IngressSettings settings, PrometheusMeterRegistry registry)
            throws InvalidConfigException {
        return new CacheTiers(
                config.cache(),
                Configured.answers(config, settings.environment()),
                settings.signingKey(),
                settings.kafka(),
                registry);
    }

    private static @Nullable SimilarAnswers similar(
            GatewayConfig config, IngressSettings settings, PrometheusMeterRegistry registry)
            throws InvalidConfigException {
        return SimilarAnswers.of(
                config.cache(),
                Configured.answers(config, settings.environment()),
                settings.signingKey(),
                registry);
    }

    private ModelCatalog catalog(GatewayConfig config) throws InvalidConfigException {
        return ModelCatalog.of(config, settings.environment(), tokens);
    }

    private Limiter limiter(
            Optional<RedisAddress> redis, ZoneId zone, PrometheusMeterRegistry registry) {
        return redis.isPresent()
                ? AccountLimiter.shared(redis.get(), budgets, journal.id(), zone, registry)
                : AccountLimiter.inProcess(budgets, journal.id(), zone, registry);
    }

    private void watchParts(boolean isShared) {
        metrics.gauge(
                "sluice_cache_bytes", "Bytes of kept answers", cache.answers(), AnswerCache::bytes);
        metrics.gauge(
                "sluice_cache_entries", "Kept answers", cache.answers(), AnswerCache::entries);
        metrics.gauge(
                "sluice_deployments_at_rest",
                "Deployments that are left alone after failures",
                attempts.rests(),
                Rests::atRest);
        metrics.gauge(
                "sluice_degraded_parts",
                "Parts that are away while calls are served",
                health,
                HealthHandlers::degradedParts);
        health.watch("fleet_view", states::caughtUp);
        health.watch("budgets", budgets::caughtUp);
        health.servesWhile(states::isSettled);
        if (accounts != null) {
            health.watch("accounts", accounts::isComplete);
            health.watch("kafka", accounts::isFollowing);
            if (settings.masterKey() != null) {
                health.servesWhile(() -> accounts.isRead() && states.isSettled());
            }
        }
        if (isShared) {
            health.watch("redis", limiter::isShared);
        }
        if (cache.isEnabled()) {
            health.watch("cache_events", cache::isCurrent);
        }
        if (cache.isShared()) {
            health.watch("cache_redis", cache::isRedisThere);
        }
    }

    /** What the routes go by under a config. */
    private GatewayServer.Rules rules(GatewayConfig config, ModelCatalog catalog) {
        AccessSettings access = Configured.access(config);
        return new GatewayServer.Rules(
                new Authenticator(settings.masterKey(), directory, access),
                Authenticator.forServices(
                        settings.masterKey(), directory, access, settings.credential()),
                access,
                new CallAdmission(limiter, Configured.admission(config), directory, outputs),
                catalog,
                config.modelList(),
                config.sluice().cache(),
                new Dispatcher(
                        transport,
                        RoutingChoice.of(config),
                        states.view(),
                        attempts.rests(),
                        new DeploymentLimits(limiter, outputs, config),
                        capacity,
                        retries,
                        books,
                        decisions,
                        config.sluice().region(),
                        config.router(),
                        config.sluice().hedging()));
    }

    /**
     * Takes another config: models, routing, limits and who may do what change at once; open calls
     * end by what they began with.
     *
     * @return what differs from the config at start and holds only after a restart
     * @throws InvalidConfigException if it names deployments that cannot be called; nothing changes
     */
    public List<String> change(GatewayConfig changed) throws InvalidConfigException {
        ModelCatalog catalog = catalog(changed);
        attempts.know(catalog.deploymentIds());
        attempts.rests().follow(CooldownRules.of(changed, catalog.deploymentIds()));
        capacity.know(changed.modelList(), Set.copyOf(catalog.deploymentIds()));
        metrics.know(catalog.providers());
        metrics.knowUnpriced(catalog.unpricedGroups());
        server.change(rules(changed, catalog));
        notices = catalog.notices();
        return Restart.blocks(started, changed);
    }

    private static @Nullable AccountsView accounts(
            IngressSettings settings, PrometheusMeterRegistry registry) {
        Secret key = settings.signingKey();
        return key == null
                ? null
                : new AccountsView(
                        settings.kafka(),
                        new RecordSignature(key),
                        settings.data().resolve("accounts.snapshot"),
                        registry);
    }

    /** Listens, ships what an earlier run left, and follows the fleet. */
    public void start() {
        shipper.start();
        waking.start();
        deltas.start();
        decisions.start();
        states.start();
        budgets.start();
        cache.start();
        if (similar != null) {
            cache.listener(similar::declared);
            similar.start();
        }
        if (accounts != null) {
            accounts.start();
        }
        server.start();
    }

    /** Lets a part that this process also runs be seen in {@code /health/readiness}. */
    public void watch(String part, BooleanSupplier isReady) {
        health.watch(part, isReady);
    }

    /** The port that our own services call, -1 where there is none. */
    public int internalPort() {
        return server.internalPort();
    }

    /** The port that it listens on. */
    public int port() {
        return server.port();
    }

    /** What it knows of accounts; null without any. */
    public @Nullable AccountsView accounts() {
        return accounts;
    }

    /** Whether every part that it knows of is there. */
    public boolean ready() {
        return health.isReady();
    }

    /** What the operator must know at start. */
    public List<String> notices() {
        return notices;
    }

    /** Stops listening, lets open calls end and waits until Kafka has every event. */
    public boolean drain(Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        capacity.close();
        server.close();
        return shipper.drain(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
    }

    /** Spend events, and calls without a last one, that a next start or a drain has to ship. */
    public long unshipped() {
        return shipper.pending() + shipper.openRequests();
    }

    /** Where the journal lies. */
    public Path journalFolder() {
        return place.folder();
    }

    @Override
    public void close() throws IOException {
        capacity.close();
        server.close();
        waking.close(CLOSING);
        if (accounts != null) {
            accounts.close();
        }
        if (similar != null) {
            similar.close();
        }
        cache.close();
        limiter.close();
        budgets.close();
        states.close();
        deltas.close();
        decisions.close();
        shipper.close();
        journal.close();
        place.leave(unshipped());
        transport.close();
    }
}

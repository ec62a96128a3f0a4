package dev.sluice.ingress;

import dev.sluice.ingress.auth.Authenticator;
import dev.sluice.ingress.books.CallBooks;
import dev.sluice.ingress.cache.AnswerCache;
import dev.sluice.ingress.dispatch.Dispatcher;
import dev.sluice.ingress.fleet.AttemptRecorder;
import dev.sluice.ingress.fleet.DeltaPublisher;
import dev.sluice.ingress.fleet.DeploymentStates;
import dev.sluice.ingress.http.GatewayServer;
import dev.sluice.ingress.http.HealthHandlers;
import dev.sluice.ingress.metrics.GatewayMetrics;
import dev.sluice.ingress.routing.LatencyBased;
import dev.sluice.ingress.routing.RoutingStrategy;
import dev.sluice.ingress.routing.SimpleShuffle;
import dev.sluice.ingress.upstream.ModelCatalog;
import dev.sluice.metering.Journal;
import dev.sluice.metering.KafkaEventSender;
import dev.sluice.metering.PriceBook;
import dev.sluice.metering.Shipper;
import dev.sluice.providers.transport.SocketTransport;
import dev.sluice.providers.transport.TransportSettings;
import dev.sluice.providers.transport.UpstreamTransport;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.GatewayConfig.RouterSettings;
import dev.sluice.schemas.config.InvalidConfigException;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/**
 * One ingress: {@code http -> auth -> cache -> routing -> upstream -> metering}. Kafka may be away,
 * also at start; only the journal's folder is needed.
 */
public final class Ingress implements AutoCloseable {

    private static final double LATENCY_BUFFER = 0;

    private final ModelCatalog catalog;
    private final Journal journal;
    private final Shipper shipper;
    private final DeltaPublisher deltas;
    private final DeploymentStates states;
    private final UpstreamTransport transport;
    private final HealthHandlers health = new HealthHandlers();
    private final GatewayServer server;

    /**
     * Opens the journal and prepares everything; nothing listens yet.
     *
     * @throws InvalidConfigException if the config names deployments that cannot be called
     * @throws IOException if the journal cannot be opened
     */
    public Ingress(GatewayConfig config, IngressSettings settings, PrometheusMeterRegistry registry)
            throws InvalidConfigException, IOException {
        this.catalog = ModelCatalog.of(config, PriceBook.bundled(), settings.environment());
        String named = config.sluice().instanceId();
        String instance = named != null ? named : UUID.randomUUID().toString();
        var metrics = new GatewayMetrics(registry, catalog.providers());
        this.journal =
                Journal.open(
                        settings.data().resolve("journal"), config.sluice().journal(), registry);
        this.shipper =
                new Shipper(journal, () -> KafkaEventSender.open(settings.kafka()), registry);
        var attempts = new AttemptRecorder(catalog.deploymentIds());
        this.deltas = new DeltaPublisher(settings.kafka(), attempts, instance, registry);
        this.states = new DeploymentStates(settings.kafka(), attempts, registry);
        this.transport = new SocketTransport(TransportSettings.defaults());
        var cache = new AnswerCache(config.cache(), System::nanoTime);
        metrics.gauge("sluice_cache_bytes", "Bytes of kept answers", cache, AnswerCache::bytes);
        metrics.gauge("sluice_cache_entries", "Kept answers", cache, AnswerCache::entries);
        metrics.gauge(
                "sluice_degraded_parts",
                "Parts that are away while calls are served",
                health,
                HealthHandlers::degradedParts);
        health.watch("fleet_view", states::caughtUp);
        var books =
                new CallBooks(
                        journal,
                        attempts,
                        metrics,
                        config.sluice().journal().whenFull(),
                        InstantSource.system());
        var dispatcher =
                new Dispatcher(
                        transport, strategy(config.router()), states, books, config.router());
        this.server =
                new GatewayServer(
                        settings.host(),
                        settings.port(),
                        config.sluice().http(),
                        new GatewayServer.Parts(
                                new Authenticator(settings.masterKey()),
                                catalog,
                                cache,
                                books,
                                dispatcher,
                                transport,
                                health,
                                metrics,
                                registry),
                        settings.spendAggregator(),
                        settings.credential());
    }

    private static RoutingStrategy strategy(RouterSettings router) {
        Duration threshold = router.latencyThreshold();
        return "latency-based-routing".equals(router.strategy())
                ? new LatencyBased(threshold == null ? Duration.ZERO : threshold, LATENCY_BUFFER)
                : new SimpleShuffle();
    }

    /** Listens, ships what an earlier run left, and follows the fleet. */
    public void start() {
        shipper.start();
        deltas.start();
        states.start();
        server.start();
    }

    /** Lets a part that this process also runs be seen in {@code /health/readiness}. */
    public void watch(String part, BooleanSupplier isReady) {
        health.watch(part, isReady);
    }

    /** The port that it listens on. */
    public int port() {
        return server.port();
    }

    /** Whether every part that it knows of is there. */
    public boolean ready() {
        return health.isReady();
    }

    /** What the operator must know at start. */
    public List<String> notices() {
        return catalog.notices();
    }

    /** Stops listening, lets open calls end and waits until Kafka has every event. */
    public boolean drain(Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        server.close();
        return shipper.drain(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
    }

    @Override
    public void close() throws IOException {
        server.close();
        states.close();
        deltas.close();
        shipper.close();
        journal.close();
        transport.close();
    }
}

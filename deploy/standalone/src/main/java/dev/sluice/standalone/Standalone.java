package dev.sluice.standalone;

import dev.sluice.batch.BatchDatabase;
import dev.sluice.batch.BatchServiceSettings;
import dev.sluice.embedded.EmbeddedKafka;
import dev.sluice.embedded.EmbeddedPostgres;
import dev.sluice.embedded.FreePort;
import dev.sluice.ingress.IngressSettings;
import dev.sluice.ingress.IngressSettings.InternalListener;
import dev.sluice.schemas.config.GatewayConfig.GeneralSettings;
import dev.sluice.schemas.config.InvalidConfigException;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;
import dev.sluice.schemas.config.Setting;
import dev.sluice.spend.SpendAggregator;
import dev.sluice.spend.SpendAggregatorSettings;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The whole house in one JVM.
 *
 * <pre>
 *   start:  ingress (answers at once)  ->  Kafka beside PostgreSQL  ->  router worker, spend aggregator, batch service
 *   stop:   batch service -> ingress -> spend aggregator -> router worker -> Kafka -> PostgreSQL, drained in this order first
 * </pre>
 *
 * <p>Kafka and PostgreSQL are embedded unless the config names others.
 */
public final class Standalone implements AutoCloseable {

    /** With closing, within the ten seconds that a supervisor usually grants. */
    private static final Duration DRAIN_TIME = Duration.ofSeconds(6);

    private static final Duration DRAIN_TIME_EACH = Duration.ofSeconds(4);

    /** The broker comes up beside its clients: they look again soon. */
    private static final Map<String, String> IMPATIENT =
            Map.of("reconnect.backoff.ms", "50", "reconnect.backoff.max.ms", "200");

    private static final int EMBEDDED_PARTITIONS = 3;

    /** The embedded server has 50, some of them for batches and for people. */
    private static final int EMBEDDED_CONNECTIONS_MAX = 32;

    private final DataFolder data;
    private final StandaloneSettings settings;
    private final Credentials credentials;
    private final String host;
    private final Parts parts = new Parts(DRAIN_TIME, DRAIN_TIME_EACH);
    private final PrometheusMeterRegistry metrics =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private @Nullable IngressPart ingress;

    /**
     * Prepares a house on a data folder, which is its own from now on. Nothing runs yet.
     *
     * @throws InvalidConfigException if a secret is missing
     * @throws CannotStartException if it would be open to everybody
     */
    Standalone(DataFolder data, StandaloneSettings settings)
            throws InvalidConfigException, CannotStartException {
        this.data = data;
        this.settings = settings;
        this.credentials = Credentials.of(settings.config(), settings.environment());
        this.host = ListenAddress.choose(settings.host(), credentials.masterKey() != null);
    }

    /** Starts everything, and returns when the ingress answers and all others have begun. */
    void start() throws CannotStartException, InvalidConfigException, InterruptedException {
        KafkaSettings configured = settings.config().sluice().kafka();
        int kafkaPort = FreePort.pick();
        KafkaSettings kafka = configured != null ? configured : embedded(kafkaPort);
        Secret credential = serviceCredential();
        int booksPort = FreePort.pick();
        int batchPort = FreePort.pick();
        int internalPort = FreePort.pick();
        try (ExecutorService starters = Executors.newFixedThreadPool(2)) {
            Secret signingKey = signingKey();
            Future<SpendAggregatorSettings> database =
                    starters.submit(() -> database(kafka, booksPort, credential));
            IngressPart front =
                    startIngress(kafka, booksPort, batchPort, internalPort, credential, signingKey);
            if (configured == null) {
                await(starters.submit(() -> startKafka(kafkaPort)));
            }
            startRouterWorker(kafka, signingKey, front);
            SpendAggregatorSettings books =
                    await(database)
                            .withAccounts(Configured.accounts(settings.config(), signingKey));
            startSpendAggregator(books, front);
            startBatchService(books, batchPort, internalPort, front);
        }
    }

    private IngressPart startIngress(
            KafkaSettings kafka,
            int booksPort,
            int batchPort,
            int internalPort,
            Secret credential,
            Secret signingKey)
            throws CannotStartException, InvalidConfigException {
        var front =
                new IngressPart(
                        settings.config(),
                        settings.configFile(),
                        new IngressSettings(
                                        host,
                                        settings.port(),
                                        data.resolve("ingress"),
                                        kafka,
                                        loopback(booksPort),
                                        credential,
                                        credentials.masterKey(),
                                        settings.tls(),
                                        signingKey,
                                        settings.environment())
                                .withBatchService(loopback(batchPort))
                                .withInternal(
                                        new InternalListener(ListenAddress.LOOPBACK, internalPort)),
                        metrics);
        parts.start(Place.INGRESS, front);
        ingress = front;
        return front;
    }

    private void startRouterWorker(KafkaSettings kafka, Secret signingKey, IngressPart front)
            throws CannotStartException {
        Part router =
                ServiceParts.routerWorker(
                        kafka,
                        data.resolve("router-worker"),
                        Configured.budgets(settings.config(), signingKey),
                        metrics);
        parts.start(Place.ROUTER_WORKER, router);
        front.watch(router);
    }

    private void startSpendAggregator(SpendAggregatorSettings books, IngressPart front)
            throws CannotStartException {
        Part aggregator =
                ServiceParts.spendAggregator(
                        new SpendAggregator(books, metrics), books.host(), books.port());
        parts.start(Place.SPEND_AGGREGATOR, aggregator);
        front.watch(aggregator);
    }

    /** Beside the books, in the same database. */
    private void startBatchService(
            SpendAggregatorSettings books, int port, int internalPort, IngressPart front)
            throws CannotStartException {
        var batches =
                new BatchServiceSettings(
                        ListenAddress.LOOPBACK,
                        port,
                        data.resolve("batch-service"),
                        books.kafka(),
                        new BatchDatabase.Access(
                                books.jdbcUrl(),
                                books.user(),
                                books.password(),
                                ServiceParts.BATCH_CONNECTIONS,
                                books.poolTimeout()),
                        loopback(internalPort),
                        books.credential(),
                        BatchServiceSettings.Limits.DEFAULTS);
        Part service =
                ServiceParts.batchService(
                        ServiceParts.batches(batches, metrics), batches.host(), batches.port());
        parts.start(Place.BATCH_SERVICE, service);
        front.watch(service);
    }

    private Part startKafka(int port) throws CannotStartException {
        Part kafka =
                new EmbeddedPart<>("kafka", () -> EmbeddedKafka.start(data.resolve("kafka"), port));
        parts.start(Place.KAFKA, kafka);
        return kafka;
    }

    /**
     * Where the books are kept: the configured database, or one of our own that is started here.
     */
    private SpendAggregatorSettings database(KafkaSettings kafka, int booksPort, Secret credential)
            throws CannotStartException, InvalidConfigException {
        GeneralSettings general = settings.config().general();
        Setting url = general.databaseUrl();
        if (url != null) {
            return SpendAggregatorSettings.of(
                    ListenAddress.LOOPBACK,
                    booksPort,
                    kafka,
                    Databases.configured(url, general, settings.environment()),
                    credential);
        }
        var part =
                new EmbeddedPart<>(
                        "postgres",
                        () ->
                                EmbeddedPostgres.start(
                                        data.resolve("postgres"), settings.binaries(), 0));
        parts.start(Place.POSTGRES, part);
        EmbeddedPostgres postgres = part.server();
        return new SpendAggregatorSettings(
                ListenAddress.LOOPBACK,
                booksPort,
                kafka,
                postgres.jdbcUrl(),
                postgres.user(),
                new Secret(postgres.password()),
                Math.clamp(general.databaseConnectionPoolLimit(), 2, EMBEDDED_CONNECTIONS_MAX),
                general.databaseConnectionTimeout(),
                credential,
                null);
    }

    private Secret serviceCredential() throws CannotStartException {
        Secret known = credentials.service();
        return known != null ? known : data.secret("service-credential", "");
    }

    private Secret signingKey() throws CannotStartException {
        Secret known = credentials.signing();
        return known != null ? known : data.secret("accounts-signing-key", "");
    }

    private static KafkaSettings embedded(int port) {
        return new KafkaSettings(
                ListenAddress.LOOPBACK + ":" + port, IMPATIENT, EMBEDDED_PARTITIONS);
    }

    private static URI loopback(int port) {
        return URI.create("http://%s:%d".formatted(ListenAddress.LOOPBACK, port));
    }

    private static <T> T await(Future<T> starting)
            throws CannotStartException, InvalidConfigException, InterruptedException {
        try {
            return starting.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case CannotStartException cannotStart -> throw cannotStart;
                case InvalidConfigException invalid -> throw invalid;
                case RuntimeException bug -> throw bug;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }

    /** Waits until every part is ready; false if that takes longer or the house is closed. */
    public boolean awaitReady(Duration atMost) throws InterruptedException {
        return parts.awaitReady(atMost);
    }

    /** Whether it was told to stop. */
    boolean isClosed() {
        return parts.isStopping();
    }

    /** The names of the parts that are not ready. */
    public List<String> notReady() {
        return parts.notReady();
    }

    /** Where callers on this machine reach it; the port is known once it is started. */
    public String url() {
        IngressPart front = ingress;
        int port = front == null ? settings.port() : front.port();
        String scheme = settings.tls() == null ? "http" : "https";
        return "%s://%s:%d".formatted(scheme, ListenAddress.reachable(host), port);
    }

    /** What the operator must know. */
    public List<String> notices() {
        IngressPart front = ingress;
        return Notices.of(
                settings.config(), front == null ? List.of() : front.notices(), host, credentials);
    }

    /** Spend events that the next start has to ship; known once it is closed. */
    long unshipped() {
        return parts.unshipped();
    }

    /** Stops taking calls, books what was served, and stops every part; about 9 s at most. */
    @Override
    public void close() {
        parts.close();
        metrics.close();
        data.close();
    }
}

package dev.sluice.standalone;

import dev.sluice.batch.BatchDatabase;
import dev.sluice.batch.BatchService;
import dev.sluice.batch.BatchServiceSettings;
import dev.sluice.embedded.EmbeddedKafka;
import dev.sluice.embedded.EmbeddedPostgres;
import dev.sluice.ingress.IngressSettings;
import dev.sluice.ingress.IngressSettings.InternalListener;
import dev.sluice.schemas.config.ConfigReader;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.InvalidConfigException;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;
import dev.sluice.schemas.config.Setting;
import dev.sluice.simulator.Simulator;
import dev.sluice.simulator.SimulatorSettings;
import dev.sluice.spend.DatabaseUrl;
import dev.sluice.spend.SpendAggregator;
import dev.sluice.spend.SpendAggregatorSettings;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/** The verbs that run one part of the house, by the same config file as the whole. */
final class LoneParts {

    private final Home home;
    private final Console console;
    private final UnaryOperator<String> environment;
    private final PrometheusMeterRegistry metrics =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    LoneParts(Home home, Console console, UnaryOperator<String> environment) {
        this.home = home;
        this.console = console;
        this.environment = environment;
    }

    Running ingress(Command.Ingress wanted) throws CannotStartException, InvalidConfigException {
        GatewayConfig config = ConfigReader.read(wanted.config(), environment);
        Credentials credentials = Credentials.of(config, environment);
        String host = ListenAddress.choose(wanted.host(), credentials.masterKey() != null);
        IngressSettings settings =
                new IngressSettings(
                                host,
                                wanted.port(),
                                home.data(wanted.data(), "ingress"),
                                kafka(config),
                                url(config.sluice().spendAggregatorUrl()),
                                credentials.requiredService(),
                                credentials.masterKey(),
                                wanted.tls(),
                                credentials.requiredSigning(),
                                environment)
                        .withBatchService(url(config.sluice().services().batchService()));
        InternalListener internal = wanted.internal();
        var part =
                new IngressPart(
                        config,
                        wanted.config(),
                        internal == null ? settings : settings.withInternal(internal),
                        metrics);
        Notices.of(config, part.notices(), host, credentials).forEach(console::complain);
        return new RunningPart(
                Place.INGRESS,
                part,
                () -> "gateway " + url(wanted.tls() == null ? "http" : "https", host, part.port()),
                console);
    }

    Running routerWorker(Command.RouterWorker wanted)
            throws CannotStartException, InvalidConfigException {
        GatewayConfig config = ConfigReader.read(wanted.config(), environment);
        KafkaSettings kafka = kafka(config);
        Secret signing = Credentials.of(config, environment).requiredSigning();
        Path state = home.data(wanted.data(), "router-worker");
        return new RunningPart(
                Place.ROUTER_WORKER,
                ServiceParts.routerWorker(
                        kafka, state, Configured.budgets(config, signing), metrics),
                () -> "router-worker on " + kafka.bootstrapServers(),
                console);
    }

    Running spendAggregator(Command.SpendAggregator wanted)
            throws CannotStartException, InvalidConfigException {
        GatewayConfig config = ConfigReader.read(wanted.config(), environment);
        Setting database = config.general().databaseUrl();
        if (database == null) {
            throw new CannotStartException(
                    "spend-aggregator on its own needs general_settings.database_url");
        }
        Credentials credentials = Credentials.of(config, environment);
        var books =
                new SpendAggregator(
                        SpendAggregatorSettings.of(
                                        wanted.host(),
                                        wanted.port(),
                                        kafka(config),
                                        Databases.configured(
                                                database, config.general(), environment),
                                        credentials.requiredService())
                                .withAccounts(
                                        Configured.accounts(config, credentials.requiredSigning())),
                        metrics);
        return new RunningPart(
                Place.SPEND_AGGREGATOR,
                ServiceParts.spendAggregator(books, wanted.host(), wanted.port()),
                () -> "spend-aggregator " + url(wanted.host(), books.port()),
                console);
    }

    Running batchService(Command.BatchService wanted)
            throws CannotStartException, InvalidConfigException {
        GatewayConfig config = ConfigReader.read(wanted.config(), environment);
        Setting database = config.general().databaseUrl();
        if (database == null) {
            throw new CannotStartException(
                    "batch-service on its own needs general_settings.database_url");
        }
        DatabaseUrl url = Databases.configured(database, config.general(), environment);
        var settings =
                new BatchServiceSettings(
                        wanted.host(),
                        wanted.port(),
                        home.data(wanted.data(), "batch-service"),
                        kafka(config),
                        new BatchDatabase.Access(
                                url.jdbcUrl(),
                                url.user(),
                                url.password(),
                                ServiceParts.BATCH_CONNECTIONS,
                                url.poolTimeout()),
                        wanted.ingress(),
                        Credentials.of(config, environment).requiredService(),
                        BatchServiceSettings.Limits.DEFAULTS);
        BatchService batches = ServiceParts.batches(settings, metrics);
        return new RunningPart(
                Place.BATCH_SERVICE,
                ServiceParts.batchService(batches, wanted.host(), wanted.port()),
                () -> "batch-service " + url(wanted.host(), batches.port()),
                console);
    }

    Running simulator(Command.Simulator wanted) throws CannotStartException {
        SimulatorSettings defaults = SimulatorSettings.defaults(wanted.host(), wanted.port());
        String profile = wanted.profile();
        SimulatorSettings settings = profile == null ? defaults : defaults.withProfile(profile);
        Simulator simulator = simulator(settings);
        return new RunningPart(
                Place.SIMULATOR,
                ServiceParts.simulator(simulator, settings),
                () -> "simulator " + url(wanted.host(), simulator.port()),
                console);
    }

    private static Simulator simulator(SimulatorSettings settings) throws CannotStartException {
        try {
            return new Simulator(settings);
        } catch (IllegalArgumentException e) {
            throw StartFailure.of("simulator", e);
        }
    }

    Running kafka(Command.Kafka wanted) {
        Path data = home.data(wanted.data(), "kafka");
        var part = new EmbeddedPart<>("kafka", () -> EmbeddedKafka.start(data, wanted.port()));
        return new RunningPart(
                Place.KAFKA, part, () -> "kafka " + part.server().bootstrapServers(), console);
    }

    Running postgres(Command.Postgres wanted) {
        Path data = home.data(wanted.data(), "postgres");
        var part =
                new EmbeddedPart<>(
                        "postgres",
                        () -> EmbeddedPostgres.start(data, home.binaries(), wanted.port()));
        return new RunningPart(
                Place.POSTGRES,
                part,
                () ->
                        "postgres %s user %s password-file %s"
                                .formatted(
                                        part.server().jdbcUrl(),
                                        part.server().user(),
                                        data.resolve("password")),
                console);
    }

    private static KafkaSettings kafka(GatewayConfig config) throws CannotStartException {
        KafkaSettings kafka = config.sluice().kafka();
        if (kafka == null) {
            throw new CannotStartException(
                    "a service on its own needs sluice.kafka.bootstrap_servers in its config");
        }
        return kafka;
    }

    private @Nullable URI url(@Nullable Setting url) throws InvalidConfigException {
        return url == null ? null : URI.create(url.in(environment).reveal());
    }

    private static String url(String host, int port) {
        return url("http", host, port);
    }

    private static String url(String scheme, String host, int port) {
        return "%s://%s:%d".formatted(scheme, ListenAddress.reachable(host), port);
    }
}

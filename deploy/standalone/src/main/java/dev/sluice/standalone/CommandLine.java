package dev.sluice.standalone;

import dev.sluice.ingress.IngressSettings.InternalListener;
import dev.sluice.ingress.IngressSettings.TlsFiles;
import dev.sluice.standalone.Command.BatchService;
import dev.sluice.standalone.Command.Chaos;
import dev.sluice.standalone.Command.Check;
import dev.sluice.standalone.Command.Demo;
import dev.sluice.standalone.Command.DrainJournal;
import dev.sluice.standalone.Command.Help;
import dev.sluice.standalone.Command.Ingress;
import dev.sluice.standalone.Command.Kafka;
import dev.sluice.standalone.Command.Misuse;
import dev.sluice.standalone.Command.Postgres;
import dev.sluice.standalone.Command.RouterWorker;
import dev.sluice.standalone.Command.Simulator;
import dev.sluice.standalone.Command.SpendAggregator;
import dev.sluice.standalone.Command.Start;
import dev.sluice.standalone.Command.Train;
import dev.sluice.standalone.Command.VerifyRouting;
import dev.sluice.standalone.Command.VerifySemantic;
import dev.sluice.standalone.Command.VerifyTranscripts;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Understands the arguments, or says in one sentence why not. Pure. */
public final class CommandLine {

    private static final String LOOPBACK = "127.0.0.1";
    private static final int GATEWAY_PORT = 4000;
    private static final int BOOKS_PORT = 4001;
    private static final int BATCH_PORT = 4002;
    private static final int INTERNAL_PORT = 4003;
    private static final int SIMULATOR_PORT = 4010;
    private static final int KAFKA_PORT = 9092;
    private static final int POSTGRES_PORT = 5432;
    private static final int CHAOS_MINUTES = 10;
    private static final int CHAOS_MINUTES_MAX = 120;
    private static final int VERIFY_CUTS = 16;
    private static final int VERIFY_SEEDS_MAX = 1000;
    private static final int WORKERS_MAX = 32_767;
    private static final int DRAIN_SECONDS = 60;
    private static final int DRAIN_SECONDS_MAX = 86_400;

    private static final String TLS_KEY = "ssl_keyfile_path";
    private static final String TLS_CERTIFICATE = "ssl_certfile_path";
    private static final Set<String> SERVING =
            Set.of("config", "host", "port", "num_workers", "data", TLS_KEY, TLS_CERTIFICATE);

    private CommandLine() {}

    /** Reads the arguments as a shell passes them; no verb means {@code start}. */
    public static Invocation parse(List<String> arguments) {
        if (arguments.contains("--help") || arguments.contains("-h")) {
            return new Invocation(new Help(), Verbosity.NORMAL);
        }
        boolean noVerb = arguments.isEmpty() || arguments.getFirst().startsWith("-");
        String verb = noVerb ? "start" : arguments.getFirst();
        List<String> rest = noVerb ? arguments : arguments.subList(1, arguments.size());
        try {
            return parse(verb, rest);
        } catch (MisuseException e) {
            return new Invocation(new Misuse(String.valueOf(e.getMessage())), Verbosity.NORMAL);
        }
    }

    private static Invocation parse(String verb, List<String> rest) throws MisuseException {
        return switch (verb) {
            case "demo" -> demo(rest);
            case "start" -> start(rest);
            case "ingress" -> ingress(rest);
            case "router-worker" -> routerWorker(rest);
            case "spend-aggregator" -> spendAggregator(rest);
            case "batch-service" -> batchService(rest);
            case "simulator" -> simulator(rest);
            case "kafka" -> kafka(rest);
            case "postgres" -> postgres(rest);
            case "drain-journal" -> drainJournal(rest);
            case "chaos" -> chaos(rest);
            case "verify" -> verify(rest);
            case "train" -> invocation(new Train(), Options.parse(verb, rest, Set.of(), Set.of()));
            case "help" -> new Invocation(new Help(), Verbosity.NORMAL);
            default ->
                    throw new MisuseException(
                            "'%s' is not a verb; ./sluice help lists them".formatted(verb));
        };
    }

    private static Invocation demo(List<String> rest) throws MisuseException {
        Options options =
                Options.parse("demo", rest, Set.of("port", "simulator_port", "data"), Set.of());
        int port = options.port("port", GATEWAY_PORT);
        int simulatorPort = options.port("simulator_port", SIMULATOR_PORT);
        if (port == simulatorPort && port != 0) {
            throw new MisuseException("--port and --simulator_port are both " + port);
        }
        return invocation(new Demo(port, simulatorPort, options.path("data")), options);
    }

    private static Invocation start(List<String> rest) throws MisuseException {
        Options options = Options.parse("start", rest, SERVING, Set.of("check"));
        int port = options.port("port", GATEWAY_PORT);
        checkWorkers(options);
        Command command =
                options.has("check")
                        ? new Check(options.path("config"))
                        : new Start(
                                options.path("config"),
                                options.text("host"),
                                port,
                                options.path("data"),
                                tls(options));
        return invocation(command, options);
    }

    private static Invocation ingress(List<String> rest) throws MisuseException {
        Set<String> known = new HashSet<>(SERVING);
        known.addAll(Set.of("internal-host", "internal-port"));
        Options options = Options.parse("ingress", rest, known, Set.of());
        checkWorkers(options);
        return invocation(
                new Ingress(
                        options.requiredPath("config"),
                        options.text("host"),
                        options.port("port", GATEWAY_PORT),
                        options.path("data"),
                        tls(options),
                        internal(options)),
                options);
    }

    /** Only where it is asked for: whoever has the credential may call on behalf of anybody. */
    private static @Nullable InternalListener internal(Options options) throws MisuseException {
        return options.text("internal-port") == null && options.text("internal-host") == null
                ? null
                : new InternalListener(
                        options.text("internal-host", LOOPBACK),
                        options.port("internal-port", INTERNAL_PORT));
    }

    private static Invocation routerWorker(List<String> rest) throws MisuseException {
        Options options = Options.parse("router-worker", rest, Set.of("config", "data"), Set.of());
        return invocation(
                new RouterWorker(options.requiredPath("config"), options.path("data")), options);
    }

    private static Invocation spendAggregator(List<String> rest) throws MisuseException {
        Options options =
                Options.parse("spend-aggregator", rest, Set.of("config", "host", "port"), Set.of());
        return invocation(
                new SpendAggregator(
                        options.requiredPath("config"),
                        options.text("host", LOOPBACK),
                        options.port("port", BOOKS_PORT)),
                options);
    }

    private static Invocation batchService(List<String> rest) throws MisuseException {
        Options options =
                Options.parse(
                        "batch-service",
                        rest,
                        Set.of("config", "host", "port", "data", "ingress"),
                        Set.of());
        return invocation(
                new BatchService(
                        options.requiredPath("config"),
                        options.text("host", LOOPBACK),
                        options.port("port", BATCH_PORT),
                        options.path("data"),
                        ingress(options.text("ingress", "http://127.0.0.1:" + INTERNAL_PORT))),
                options);
    }

    private static URI ingress(String url) throws MisuseException {
        try {
            URI uri = new URI(url);
            if (uri.getHost() != null
                    && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
                return uri;
            }
        } catch (URISyntaxException _) {
            // told below
        }
        throw new MisuseException("--ingress '%s' is not an http or https URL".formatted(url));
    }

    private static Invocation simulator(List<String> rest) throws MisuseException {
        Options options =
                Options.parse("simulator", rest, Set.of("host", "port", "profile"), Set.of());
        return invocation(
                new Simulator(
                        options.text("host", LOOPBACK),
                        options.port("port", SIMULATOR_PORT),
                        options.text("profile")),
                options);
    }

    private static Invocation kafka(List<String> rest) throws MisuseException {
        Options options = Options.parse("kafka", rest, Set.of("port", "data"), Set.of());
        return invocation(
                new Kafka(options.port("port", KAFKA_PORT), options.path("data")), options);
    }

    private static Invocation postgres(List<String> rest) throws MisuseException {
        Options options = Options.parse("postgres", rest, Set.of("port", "data"), Set.of());
        return invocation(
                new Postgres(options.port("port", POSTGRES_PORT), options.path("data")), options);
    }

    private static Invocation drainJournal(List<String> rest) throws MisuseException {
        if (rest.isEmpty() || rest.getFirst().startsWith("-")) {
            throw new MisuseException("drain-journal needs the folder of a journal first");
        }
        Options options =
                Options.parse(
                        "drain-journal",
                        rest.subList(1, rest.size()),
                        Set.of("config", "kafka", "timeout"),
                        Set.of());
        Path config = options.path("config");
        String kafka = options.text("kafka");
        if ((config == null) == (kafka == null)) {
            throw new MisuseException("drain-journal needs --config or --kafka, and one of them");
        }
        Duration timeout =
                Duration.ofSeconds(options.number("timeout", DRAIN_SECONDS, 1, DRAIN_SECONDS_MAX));
        Path directory = Options.path("the folder", rest.getFirst());
        return invocation(new DrainJournal(directory, config, kafka, timeout), options);
    }

    private static Invocation chaos(List<String> rest) throws MisuseException {
        Options options =
                Options.parse("chaos", rest, Set.of("minutes", "seed", "data", "report"), Set.of());
        return invocation(
                new Chaos(
                        options.number("minutes", CHAOS_MINUTES, 1, CHAOS_MINUTES_MAX),
                        options.number("seed", 1, 0, Integer.MAX_VALUE),
                        options.path("data"),
                        options.path("report")),
                options);
    }

    private static Invocation verify(List<String> rest) throws MisuseException {
        String what = rest.isEmpty() ? "" : rest.getFirst();
        return switch (what) {
            case "transcripts" -> verifyTranscripts(rest.subList(1, rest.size()));
            case "routing" -> verifyRouting(rest.subList(1, rest.size()));
            case "semantic" -> verifySemantic(rest.subList(1, rest.size()));
            default ->
                    throw new MisuseException(
                            "verify needs what to verify first: transcripts, routing or semantic");
        };
    }

    private static Invocation verifyRouting(List<String> rest) throws MisuseException {
        Options options =
                Options.parse(
                        "verify routing",
                        rest,
                        Set.of("traces", "seed", "seeds", "scenarios"),
                        Set.of());
        String scenarios = options.text("scenarios", "");
        return invocation(
                new VerifyRouting(
                        options.path("traces"),
                        options.number("seed", 1, 0, Integer.MAX_VALUE),
                        options.number("seeds", 1, 1, VERIFY_SEEDS_MAX),
                        scenarios.isBlank() ? Set.of() : Set.of(scenarios.split(","))),
                options);
    }

    private static Invocation verifySemantic(List<String> rest) throws MisuseException {
        Options options =
                Options.parse("verify semantic", rest, Set.of("pairs", "threshold"), Set.of());
        return quiet(
                new VerifySemantic(options.requiredPath("pairs"), options.share("threshold")),
                options);
    }

    private static Invocation verifyTranscripts(List<String> rest) throws MisuseException {
        Options options =
                Options.parse("verify transcripts", rest, Set.of("dir", "cuts"), Set.of());
        Command command =
                new VerifyTranscripts(
                        options.requiredPath("dir"),
                        options.number("cuts", VERIFY_CUTS, 0, Integer.MAX_VALUE));
        return quiet(command, options);
    }

    /** Only the result, where nothing else is asked for. */
    private static Invocation quiet(Command command, Options options) {
        Verbosity verbosity = options.verbosity();
        return new Invocation(command, verbosity == Verbosity.NORMAL ? Verbosity.QUIET : verbosity);
    }

    private static @Nullable TlsFiles tls(Options options) throws MisuseException {
        Path key = options.path(TLS_KEY);
        Path certificate = options.path(TLS_CERTIFICATE);
        if ((key == null) != (certificate == null)) {
            throw new MisuseException(
                    "--%s and --%s go together".formatted(TLS_KEY, TLS_CERTIFICATE));
        }
        return key == null || certificate == null ? null : new TlsFiles(key, certificate);
    }

    /** The launcher made a JVM flag of it already; here it only has to make sense. */
    private static void checkWorkers(Options options) throws MisuseException {
        options.number("num_workers", 1, 1, WORKERS_MAX);
    }

    private static Invocation invocation(Command command, Options options) {
        return new Invocation(command, options.verbosity());
    }
}

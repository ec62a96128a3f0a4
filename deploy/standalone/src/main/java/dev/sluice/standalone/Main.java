package dev.sluice.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.config.ConfigReader;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.InvalidConfigException;
import dev.sluice.schemas.config.InvalidConfigException.Problem;
import dev.sluice.simulator.SimulatorSettings;
import dev.sluice.standalone.chaos.Chaos;
import dev.sluice.standalone.chaos.ChaosFailedException;
import dev.sluice.standalone.chaos.ChaosSettings;
import dev.sluice.standalone.chaos.Timeline;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The command line. Exit codes: 0 done or stopped, 1 refused or failed, 2 not understood, 3 spend
 * events wait in the journal, or the chaos run found a bill that is wrong.
 */
public final class Main {

    static {
        // Before the first logger, or the JDK's log manager is gone when we stop, and our last
        // words.
        Logging.install();
    }

    private static final Logger LOGGER = LoggerFactory.getLogger(Main.class);
    private static final int DONE = 0;
    private static final int FAILED = 1;
    private static final int MISUSED = 2;
    private static final int WRONG_BILL = 3;

    private static final int CHAOS_EVENTS_A_MINUTE = 2;
    private static final int CHAOS_CALLERS = 12;
    private static final Duration CHAOS_STOP = Duration.ofSeconds(20);

    /** Supervisors kill after ten seconds. */
    private static final Duration STOP_WITHIN = Duration.ofMillis(9_500);

    private final Console console;
    private final Home home;
    private final UnaryOperator<String> environment;

    /** On a console, with a home, in an environment (null for a variable that is not set). */
    Main(Console console, Home home, UnaryOperator<String> environment) {
        this.console = console;
        this.home = home;
        this.environment = environment;
    }

    /** What the launcher calls. */
    public static void main(String[] arguments) {
        var main = new Main(Console.ofProcess(), Home.ofProcess(), Environment.ofProcess());
        System.exit(main.run(List.of(arguments)));
    }

    /**
     * Does what is asked and returns the exit code; a verb that serves returns only if it fails.
     */
    int run(List<String> arguments) {
        Invocation invocation = CommandLine.parse(arguments);
        Logging.configure(invocation.verbosity());
        try {
            return run(invocation.command());
        } catch (InvalidConfigException e) {
            e.problems().stream().map(Problem::toString).forEach(console::complain);
        } catch (CannotStartException e) {
            console.complain(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOGGER.atError().setCause(e).log("unexpected; please report it");
        }
        return FAILED;
    }

    private int run(Command command)
            throws CannotStartException, InvalidConfigException, InterruptedException {
        var alone = new LoneParts(home, console, environment);
        return switch (command) {
            case Command.Misuse(String message) -> misuse(message);
            case Command.Help _ -> help();
            case Command.Check(Path config) -> check(config);
            case Command.DrainJournal drain -> new DrainVerb(console, environment).run(drain);
            case Command.Train _ -> new Training(home, console).run();
            case Command.Chaos chaos -> chaos(chaos);
            case Command.VerifyTranscripts wanted -> new VerifyVerb(home, console).run(wanted);
            case Command.VerifyRouting wanted -> new VerifyVerb(home, console).run(wanted);
            case Command.VerifySemantic wanted -> new VerifyVerb(home, console).run(wanted);
            case Command.Demo demo -> serve(() -> demo(demo));
            case Command.Start start -> serve(() -> house(start));
            case Command.Ingress ingress -> serve(() -> alone.ingress(ingress));
            case Command.RouterWorker router -> serve(() -> alone.routerWorker(router));
            case Command.SpendAggregator books -> serve(() -> alone.spendAggregator(books));
            case Command.BatchService batches -> serve(() -> alone.batchService(batches));
            case Command.Simulator simulator -> serve(() -> alone.simulator(simulator));
            case Command.Kafka kafka -> serve(() -> alone.kafka(kafka));
            case Command.Postgres postgres -> serve(() -> alone.postgres(postgres));
        };
    }

    private int misuse(String message) {
        console.complain(message);
        return MISUSED;
    }

    private int help() {
        try (InputStream text = Main.class.getResourceAsStream("help.txt")) {
            if (text == null) {
                throw new IllegalStateException("no resource help.txt");
            }
            console.line(new String(text.readAllBytes(), UTF_8).stripTrailing());
            return DONE;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private int check(@Nullable Path config) {
        if (config == null) {
            return misuse("--check needs --config");
        }
        ConfigCheck.Findings findings = ConfigCheck.of(config, environment);
        findings.problems().forEach(console::complain);
        findings.notices().forEach(console::complain);
        if (!findings.problems().isEmpty()) {
            return FAILED;
        }
        console.line("%s is right: %d deployments".formatted(config, findings.deployments()));
        return DONE;
    }

    private int chaos(Command.Chaos wanted) throws CannotStartException, InterruptedException {
        ChaosSettings settings =
                new ChaosSettings(
                        Timeline.draw(
                                wanted.seed(),
                                CHAOS_EVENTS_A_MINUTE * wanted.minutes(),
                                Duration.ofMinutes(wanted.minutes()),
                                CHAOS_STOP),
                        wanted.seed(),
                        CHAOS_CALLERS,
                        home.data(wanted.data(), "chaos/" + ProcessHandle.current().pid()),
                        OwnCommand.of(home.folder()),
                        wanted.report());
        try {
            return new Chaos(settings, console::line).run() ? DONE : WRONG_BILL;
        } catch (ChaosFailedException e) {
            throw new CannotStartException("chaos: " + e.getMessage(), e);
        }
    }

    private Running demo(Command.Demo wanted) throws CannotStartException, InvalidConfigException {
        DataFolder data = DataFolder.open(home.data(wanted.data(), "demo"));
        var simulated = SimulatorSettings.defaults(ListenAddress.LOOPBACK, wanted.simulatorPort());
        return new RunningDemo(
                Demo.prepare(data, home.binaries(), wanted.port(), simulated), console);
    }

    private Running house(Command.Start wanted)
            throws CannotStartException, InvalidConfigException {
        Path file = wanted.config();
        GatewayConfig config =
                file == null ? GatewayConfig.empty() : ConfigReader.read(file, environment);
        var settings =
                new StandaloneSettings(
                        config,
                        file,
                        wanted.host(),
                        wanted.port(),
                        wanted.tls(),
                        home.binaries(),
                        environment);
        DataFolder data = DataFolder.open(home.data(wanted.data(), "data"));
        return new RunningHouse(new Standalone(data, settings), console);
    }

    /**
     * How a verb that serves is put together; nothing of it runs before the end is provided for.
     */
    private interface Preparation {
        Running prepare() throws CannotStartException, InvalidConfigException;
    }

    private static int serve(Preparation preparation)
            throws CannotStartException, InvalidConfigException, InterruptedException {
        Shutdown shutdown = Shutdown.install(STOP_WITHIN);
        boolean prepared = false;
        boolean started = false;
        try {
            Running running = preparation.prepare();
            shutdown.closes(running);
            prepared = true;
            running.start();
            started = true;
        } finally {
            if (!prepared) {
                shutdown.uninstall();
            } else if (!started) {
                shutdown.exitWith(FAILED);
            }
        }
        Shutdown.awaitEnd();
        return DONE;
    }
}

package dev.sluice.standalone;

import dev.sluice.schemas.config.InvalidConfigException;
import dev.sluice.simulator.SimulatorSettings;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A run that shows the JVM what a start loads and what calls use: on free ports, in a folder that
 * is thrown away. The launcher records it into the AOT cache.
 */
final class Training {

    private static final Logger LOGGER = LoggerFactory.getLogger(Training.class);
    private static final Duration READY_WITHIN = Duration.ofMinutes(1);
    private static final Duration DONE_WITHIN = Duration.ofMinutes(3);

    private final Home home;
    private final Console console;

    Training(Home home, Console console) {
        this.home = home;
        this.console = console;
    }

    /** Runs it; 0 if everything that was called answered. */
    int run() throws CannotStartException, InvalidConfigException, InterruptedException {
        haltIfStuck();
        Path folder = temporaryFolder();
        try {
            return run(folder);
        } finally {
            ScratchFolder.delete(folder);
        }
    }

    private int run(Path folder)
            throws CannotStartException, InvalidConfigException, InterruptedException {
        var simulated =
                SimulatorSettings.defaults(ListenAddress.LOOPBACK, 0).withProfile("instant");
        DataFolder data = DataFolder.open(folder);
        try (Demo demo = Demo.prepare(data, home.binaries(), 0, simulated)) {
            demo.start();
            if (!demo.awaitReady(READY_WITHIN)) {
                console.complain("training: not ready: " + String.join(", ", demo.notReady()));
                return 1;
            }
            demo.welcome().forEach(console::line);
            new TrainingCalls(demo.url(), demo.key()).run();
            return 0;
        } catch (IOException e) {
            console.complain("training: " + e);
            return 1;
        }
    }

    /** Nobody waits for this process with a clock. */
    private static void haltIfStuck() {
        Thread.ofPlatform().daemon().name("training-clock").start(Training::haltLater);
    }

    private static void haltLater() {
        try {
            boolean _ = new CountDownLatch(1).await(DONE_WITHIN.toSeconds(), TimeUnit.SECONDS);
            LOGGER.atError().log("training took too long");
            Runtime.getRuntime().halt(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Path temporaryFolder() throws CannotStartException {
        try {
            Files.createDirectories(home.folder());
            return Files.createTempDirectory(home.folder(), "training");
        } catch (IOException e) {
            throw new CannotStartException("training: cannot write to " + home.folder(), e);
        }
    }
}

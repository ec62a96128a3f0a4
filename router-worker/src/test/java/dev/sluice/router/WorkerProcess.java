package dev.sluice.router;

import dev.sluice.router.budgets.BudgetPolicy;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneOffset;

/** A worker in a process of its own, so that a test can kill it. Ends when its input does. */
final class WorkerProcess {

    private WorkerProcess() {}

    /** Begins a worker with brokers, a folder and a signing key. */
    public static void main(String[] arguments) throws IOException {
        var settings =
                new RouterWorkerSettings(
                        KafkaSettings.of(arguments[0]),
                        Path.of(arguments[1]),
                        new BudgetPolicy(new Secret(arguments[2]), ZoneOffset.UTC, null, null));
        try (var worker = new RouterWorker(settings, new SimpleMeterRegistry())) {
            worker.start();
            while (System.in.read() >= 0) {
                // Whoever started it still lives.
            }
        }
    }

    /** Starts one. */
    static Process start(String brokers, Path directory, String signingKey) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        WorkerProcess.class.getName(),
                        brokers,
                        directory.toString(),
                        signingKey)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}

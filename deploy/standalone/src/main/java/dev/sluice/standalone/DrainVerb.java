package dev.sluice.standalone;

import dev.sluice.metering.JournalDrain;
import dev.sluice.metering.JournalLockedException;
import dev.sluice.metering.KafkaEventSender;
import dev.sluice.schemas.config.ConfigReader;
import dev.sluice.schemas.config.InvalidConfigException;
import dev.sluice.schemas.config.KafkaSettings;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/** The verb {@code drain-journal}. */
final class DrainVerb {

    private final Console console;
    private final UnaryOperator<String> environment;

    DrainVerb(Console console, UnaryOperator<String> environment) {
        this.console = console;
        this.environment = environment;
    }

    /** The exit code: 0 if nothing is left to ship, {@link Shutdown#UNSHIPPED} if something is. */
    int run(Command.DrainJournal wanted) throws CannotStartException, InvalidConfigException {
        KafkaSettings kafka = kafka(wanted);
        Path directory = wanted.directory();
        try {
            Path folder = JournalDrain.find(directory);
            JournalDrain.Result result =
                    JournalDrain.run(
                            folder,
                            () -> KafkaEventSender.open(kafka),
                            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT),
                            wanted.timeout());
            console.line(
                    "%s %s: %d events shipped, %d damaged or unfinished places skipped"
                            .formatted(
                                    result.empty() ? "drained" : "not drained",
                                    folder,
                                    result.shipped(),
                                    result.skipped()));
            return result.empty() ? 0 : Shutdown.UNSHIPPED;
        } catch (JournalLockedException e) {
            throw new CannotStartException(
                    "a running process has the journal in %s, and ships it itself"
                            .formatted(directory),
                    e);
        } catch (NoSuchFileException e) {
            throw new CannotStartException("no journal is in " + directory, e);
        } catch (IOException e) {
            throw new CannotStartException(
                    "the journal in %s cannot be opened: %s".formatted(directory, e.getMessage()),
                    e);
        }
    }

    private KafkaSettings kafka(Command.DrainJournal wanted)
            throws CannotStartException, InvalidConfigException {
        String address = wanted.kafka();
        if (address != null) {
            return KafkaSettings.of(address);
        }
        Path file = wanted.config();
        KafkaSettings configured =
                file == null ? null : ConfigReader.read(file, environment).sluice().kafka();
        if (configured == null) {
            throw new CannotStartException(
                    "drain-journal needs --kafka, or a config with sluice.kafka.bootstrap_servers");
        }
        return configured;
    }
}

package dev.sluice.ingress;

import dev.sluice.schemas.config.GatewayConfig.JournalSettings;
import dev.sluice.schemas.config.GatewayConfig.JournalSettings.Durability;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/**
 * Where the journal lies: in the data folder, or, where Kafka is what makes events safe and the
 * data folder cannot be written, in a folder that ends with the process.
 */
record JournalPlace(Path folder, boolean isTemporary) {

    private static final Logger LOGGER = LoggerFactory.getLogger(JournalPlace.class);

    /** A caller waits for each event: it does not wait for others. */
    private static final Duration SHORT_LINGER = Duration.ofMillis(1);

    private static final Duration LINGER = Duration.ofMillis(10);

    static JournalPlace choose(Path data, JournalSettings settings) throws IOException {
        Path kept = data.resolve("journal");
        if (settings.durability() == Durability.DISK || canWrite(kept)) {
            return new JournalPlace(kept, false);
        }
        Path folder = Files.createTempDirectory("sluice-journal-");
        LOGGER.atInfo()
                .addKeyValue("data", data)
                .addKeyValue("folder", folder)
                .log("the data folder cannot be written: the journal ends with this process");
        return new JournalPlace(folder, true);
    }

    private static boolean canWrite(Path folder) {
        try {
            Files.createDirectories(folder);
            return Files.isWritable(folder);
        } catch (IOException e) {
            LOGGER.atDebug().addKeyValue("folder", folder).setCause(e).log("cannot be made");
            return false;
        }
    }

    /** How long an event may wait for others to be sent with. */
    static Duration linger(JournalSettings settings) {
        return settings.durability() == Durability.KAFKA ? SHORT_LINGER : LINGER;
    }

    /** Removes a temporary folder in which nothing is left to ship. */
    void leave(long unshipped) throws IOException {
        if (!isTemporary) {
            return;
        }
        if (unshipped > 0) {
            LOGGER.atError()
                    .addKeyValue("folder", folder)
                    .addKeyValue("events", unshipped)
                    .log("spend events are left in a temporary folder: drain it before it goes");
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
    }
}

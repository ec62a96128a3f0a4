package dev.sluice.router;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.config.KafkaSettings;

import java.nio.file.Path;

/**
 * What the router worker needs to know.
 *
 * @param stateDirectory its own folder; nothing in it is worth keeping
 */
public record RouterWorkerSettings(KafkaSettings kafka, Path stateDirectory) {

    public RouterWorkerSettings {
        requireNonNull(kafka, "kafka is null");
        requireNonNull(stateDirectory, "stateDirectory is null");
    }
}

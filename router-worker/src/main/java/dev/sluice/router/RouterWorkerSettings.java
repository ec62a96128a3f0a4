package dev.sluice.router;

import static java.util.Objects.requireNonNull;

import dev.sluice.router.budgets.BudgetPolicy;
import dev.sluice.schemas.config.KafkaSettings;

import java.nio.file.Path;

/**
 * What the router worker needs to know.
 *
 * @param stateDirectory its own folder; what is in it spares time at the next start, and nothing is
 *     lost with it
 */
public record RouterWorkerSettings(KafkaSettings kafka, Path stateDirectory, BudgetPolicy budgets) {

    public RouterWorkerSettings {
        requireNonNull(kafka, "kafka is null");
        requireNonNull(stateDirectory, "stateDirectory is null");
        requireNonNull(budgets, "budgets is null");
    }

    /** Without accounts: only what the whole gateway spends is counted. */
    public RouterWorkerSettings(KafkaSettings kafka, Path stateDirectory) {
        this(kafka, stateDirectory, BudgetPolicy.NONE);
    }
}

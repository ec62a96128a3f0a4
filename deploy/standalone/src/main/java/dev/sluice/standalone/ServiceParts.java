package dev.sluice.standalone;

import dev.sluice.batch.BatchService;
import dev.sluice.batch.BatchServiceSettings;
import dev.sluice.batch.run.BatchEngine;
import dev.sluice.router.RouterWorker;
import dev.sluice.router.RouterWorkerSettings;
import dev.sluice.router.budgets.BudgetPolicy;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.simulator.Simulator;
import dev.sluice.simulator.SimulatorSettings;
import dev.sluice.spend.SpendAggregator;

import io.micrometer.core.instrument.MeterRegistry;

import java.io.IOException;
import java.nio.file.Path;

/** Services seen as parts. */
final class ServiceParts {

    /** Connections of a batch service to the database. */
    static final int BATCH_CONNECTIONS = 8;

    private ServiceParts() {}

    /**
     * A batch service that is not started.
     *
     * @throws CannotStartException if its folder cannot be made
     */
    static BatchService batches(BatchServiceSettings settings, MeterRegistry metrics)
            throws CannotStartException {
        try {
            return new BatchService(
                    settings,
                    metrics,
                    (database, storage) -> BatchEngine.of(settings, database, storage, metrics));
        } catch (IOException e) {
            throw new CannotStartException(
                    "the files in %s cannot be kept: %s".formatted(settings.data(), e.getMessage()),
                    e);
        }
    }

    static Part batchService(BatchService batches, String host, int port) {
        return new HousePart(
                "batch-service",
                () -> {
                    batches.start();
                    ListenAddress.require("batch-service", host, port, batches.port());
                },
                batches::ready,
                batches::drain,
                batches::close);
    }

    static Part routerWorker(
            KafkaSettings kafka, Path state, BudgetPolicy budgets, MeterRegistry metrics) {
        var router = new RouterWorker(new RouterWorkerSettings(kafka, state, budgets), metrics);
        return new HousePart(
                "router-worker",
                router::start,
                () -> router.ready() && router.budgetsReady(),
                _ -> true,
                router::close);
    }

    static Part spendAggregator(SpendAggregator books, String host, int port) {
        return new HousePart(
                "spend-aggregator",
                () -> {
                    books.start();
                    ListenAddress.require("spend-aggregator", host, port, books.port());
                },
                books::ready,
                books::drain,
                books::close);
    }

    static Part simulator(Simulator simulator, SimulatorSettings settings) {
        return new HousePart(
                "simulator",
                () -> {
                    simulator.start();
                    ListenAddress.require(
                            "simulator", settings.host(), settings.port(), simulator.port());
                },
                () -> true,
                _ -> true,
                simulator::close);
    }
}

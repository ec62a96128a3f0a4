package dev.sluice.standalone;

import dev.sluice.router.RouterWorker;
import dev.sluice.router.RouterWorkerSettings;
import dev.sluice.router.budgets.BudgetPolicy;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.simulator.Simulator;
import dev.sluice.simulator.SimulatorSettings;
import dev.sluice.spend.SpendAggregator;

import io.micrometer.core.instrument.MeterRegistry;

import java.nio.file.Path;

/** Services seen as parts. */
final class ServiceParts {

    private ServiceParts() {}

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

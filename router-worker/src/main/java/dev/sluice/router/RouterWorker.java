package dev.sluice.router;

import static java.util.Objects.requireNonNull;

import dev.sluice.router.StreamsSupervisor.Application;
import dev.sluice.router.budgets.BudgetMetrics;
import dev.sluice.router.budgets.BudgetTopology;
import dev.sluice.router.budgets.SmallRocksDb;
import dev.sluice.schemas.Topics;

import io.micrometer.core.instrument.MeterRegistry;

import org.apache.kafka.streams.errors.LogAndContinueProcessingExceptionHandler;
import org.apache.kafka.streams.errors.LogAndFailProcessingExceptionHandler;

import java.util.List;
import java.util.Properties;

/**
 * The service: two Kafka Streams applications, one for the deployments' states and one for the
 * accounts' budgets. Each goes on without the other.
 */
public final class RouterWorker implements AutoCloseable {

    private static final String ATTEMPTS = "sluice-router";
    private static final String BUDGETS = "sluice-budgets";

    private final StreamsSupervisor attempts;
    private final StreamsSupervisor budgets;

    /** A worker that is begun by {@link #start}. */
    public RouterWorker(RouterWorkerSettings settings, MeterRegistry registry) {
        requireNonNull(settings, "settings is null");
        var metrics = new RouterMetrics(registry);
        this.attempts =
                new StreamsSupervisor(
                        new Application(
                                ATTEMPTS,
                                () -> AttemptTopology.build(metrics),
                                properties(settings),
                                List.of(Topics.ATTEMPTS, Topics.DEPLOYMENTS)),
                        settings.kafka(),
                        metrics);
        var budgetMetrics = new BudgetMetrics(registry);
        this.budgets =
                new StreamsSupervisor(
                        new Application(
                                BUDGETS,
                                () -> BudgetTopology.build(settings.budgets(), budgetMetrics),
                                budgetProperties(settings),
                                List.of(Topics.SPEND, Topics.ACCOUNTS, Topics.BUDGETS)),
                        settings.kafka(),
                        metrics);
        metrics.watch(this::ready);
        budgetMetrics.watch(this::budgetsReady, budgets::halted);
    }

    /** Begins in the background, with or without Kafka. Returns at once. */
    public void start() {
        attempts.start();
        budgets.startAfter(attempts);
    }

    /** Whether attempts are being folded now; budgets, which may have much to restore, or not. */
    public boolean ready() {
        return attempts.ready();
    }

    /** Whether spend is being counted now. */
    public boolean budgetsReady() {
        return budgets.ready();
    }

    /** Leaves the groups and stops, within five seconds. */
    @Override
    public void close() {
        attempts.leave();
        budgets.leave();
        attempts.close();
        budgets.close();
    }

    /**
     * Fresh before complete: at least once, nothing stored. What the settings name themselves wins,
     * so that an older cluster can be served with {@code group.protocol: classic}.
     *
     * <p>A first start reads the whole topic, since reset {@code by_duration} hangs for half a
     * minute on a partition that has no record as young as that; what is old is skipped undecoded.
     */
    static Properties properties(RouterWorkerSettings settings) {
        Properties properties = common();
        properties.put("processing.guarantee", "at_least_once");
        properties.put("commit.interval.ms", "1000");
        properties.put("statestore.cache.max.bytes", "0");
        properties.put(
                "processing.exception.handler",
                LogAndContinueProcessingExceptionHandler.class.getName());
        return configured(properties, settings, ATTEMPTS, "router");
    }

    /**
     * Complete before fresh: exactly once, so a state is some 300 ms old when it can be read. A
     * failure stops the application rather than lose an event.
     */
    static Properties budgetProperties(RouterWorkerSettings settings) {
        Properties properties = common();
        properties.put("processing.guarantee", "exactly_once_v2");
        properties.put("commit.interval.ms", "100");
        properties.put("statestore.cache.max.bytes", Integer.toString(8 << 20));
        properties.put("rocksdb.config.setter", SmallRocksDb.class.getName());
        properties.put("windowstore.changelog.additional.retention.ms", "3600000");
        properties.put(
                "processing.exception.handler",
                LogAndFailProcessingExceptionHandler.class.getName());
        return configured(properties, settings, BUDGETS, "budgets");
    }

    private static Properties common() {
        var properties = new Properties();
        properties.put("group.protocol", "streams");
        properties.put("num.stream.threads", "1");
        properties.put("poll.ms", "50");
        properties.put("auto.offset.reset", "earliest");
        properties.put("processing.exception.handler.global.enabled", "true");
        properties.put("producer.linger.ms", "5");
        properties.put("producer.compression.type", "zstd");
        return properties;
    }

    private static Properties configured(
            Properties properties, RouterWorkerSettings settings, String name, String role) {
        properties.putAll(settings.kafka().client(role));
        properties.put("application.id", name);
        properties.put("state.dir", settings.stateDirectory().toString());
        return properties;
    }
}

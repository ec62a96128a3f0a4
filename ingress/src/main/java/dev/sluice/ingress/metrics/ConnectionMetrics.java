package dev.sluice.ingress.metrics;

import dev.sluice.providers.transport.ConnectionPool;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/**
 * What the connections to providers are doing, by origin (scheme, host and port). The origins that
 * are told apart are bounded; those after them are not shown.
 */
public final class ConnectionMetrics implements Consumer<ConnectionPool> {

    /** More than a config has providers. */
    private static final int MOST_ORIGINS = 100;

    private static final String CONNECTIONS = "sluice_upstream_connections";

    private final MeterRegistry registry;
    private final AtomicInteger origins = new AtomicInteger();

    /** Nothing is registered before the first request to an origin. */
    public ConnectionMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void accept(ConnectionPool pool) {
        if (origins.incrementAndGet() > MOST_ORIGINS) {
            return;
        }
        connections(pool, "in_use", ConnectionPool::inUse);
        connections(pool, "idle", ConnectionPool::idle);
        Gauge.builder("sluice_upstream_waiting", pool, ConnectionPool::waiting)
                .description("Requests that wait for a connection to a provider")
                .tag("origin", pool.name())
                .register(registry);
        counter(
                pool,
                "sluice_upstream_connections_opened",
                "Connections to providers that were opened",
                ConnectionPool::opened);
        counter(
                pool,
                "sluice_upstream_waits_timed_out",
                "Requests that waited for a connection to a provider in vain",
                ConnectionPool::waitsTimedOut);
    }

    private void connections(
            ConnectionPool pool, String state, ToDoubleFunction<ConnectionPool> count) {
        Gauge.builder(CONNECTIONS, pool, count)
                .description("Open connections to providers")
                .tag("origin", pool.name())
                .tag("state", state)
                .register(registry);
    }

    private void counter(
            ConnectionPool pool,
            String name,
            String description,
            ToDoubleFunction<ConnectionPool> count) {
        FunctionCounter.builder(name, pool, count)
                .description(description)
                .tag("origin", pool.name())
                .register(registry);
    }
}

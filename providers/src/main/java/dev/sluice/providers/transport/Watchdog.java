package dev.sluice.providers.transport;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One thread that looks at every open connection each tick and closes those whose deadline has
 * passed, or that rested too long.
 *
 * <p>A platform thread: it must run when all carriers of virtual threads are busy.
 */
final class Watchdog implements AutoCloseable {

    static final int TICK_MILLIS = 20;

    private static final Logger LOGGER = LoggerFactory.getLogger(Watchdog.class);

    private final Set<Connection> connections;
    private final Thread thread;
    private volatile boolean closed;

    Watchdog(Set<Connection> connections) {
        this.connections = connections;
        this.thread =
                Thread.ofPlatform().daemon().name("sluice-upstream-watchdog").start(this::watch);
    }

    private void watch() {
        while (!closed) {
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS));
            sweep(Monotonic.now());
        }
    }

    private void sweep(long now) {
        for (Connection connection : connections) {
            try {
                connection.sweep(now);
            } catch (RuntimeException e) {
                // Whatever it is, the other connections still need their deadlines kept.
                LOGGER.atError().setCause(e).log("a connection could not be swept");
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}

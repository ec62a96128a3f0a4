package dev.sluice.providers.transport;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Collection;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One thread that looks at every open connection each tick and closes those whose deadline has
 * passed, or that rested too long; and at each pool, for rested ones beyond the bound.
 *
 * <p>A platform thread: it must run when all carriers of virtual threads are busy.
 */
final class Watchdog implements AutoCloseable {

    static final int TICK_MILLIS = 20;

    private static final Logger LOGGER = LoggerFactory.getLogger(Watchdog.class);

    /** The bound on unused connections is looked after once a second. */
    private static final int TICKS_A_TRIM = 1_000 / TICK_MILLIS;

    private final Set<Connection> connections;
    private final Collection<OriginPool> pools;
    private final Thread thread;
    private volatile boolean closed;

    Watchdog(Set<Connection> connections, Collection<OriginPool> pools) {
        this.connections = connections;
        this.pools = pools;
        this.thread =
                Thread.ofPlatform().daemon().name("sluice-upstream-watchdog").start(this::watch);
    }

    private void watch() {
        int ticks = 0;
        while (!closed) {
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS));
            long now = Monotonic.now();
            sweep(now);
            if (++ticks == TICKS_A_TRIM) {
                ticks = 0;
                trim(now);
            }
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

    private void trim(long now) {
        for (OriginPool pool : pools) {
            try {
                pool.trim(now);
            } catch (RuntimeException e) {
                LOGGER.atError().setCause(e).log("a pool could not be trimmed");
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}

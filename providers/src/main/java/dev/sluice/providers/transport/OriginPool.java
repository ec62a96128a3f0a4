package dev.sluice.providers.transport;

import org.jspecify.annotations.Nullable;

import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The connections to one origin.
 *
 * <p>A permit is the right to hold one connection. As a connection is put on the stack before its
 * permit is given back, and a new one is only opened by who holds a permit and found the stack
 * empty, open connections never outnumber permits. The stack is last in, first out: the busy ones
 * stay warm, the others expire.
 */
final class OriginPool implements ConnectionPool {

    /** A connection used so recently is taken on trust, which saves a system call under load. */
    private static final long TRUST_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    /** Under load connections come and go by the millisecond: these are not the ones to close. */
    private static final long NEEDED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Origin origin;
    private final ProxyAccess access;
    private final Set<Connection> open;
    private final Reuse reuse;
    private final int maxConnections;
    private final Semaphore permits;
    private final ConcurrentLinkedDeque<Connection> resting = new ConcurrentLinkedDeque<>();
    private final LongAdder waiting = new LongAdder();
    private final LongAdder waitsTimedOut = new LongAdder();
    private final LongAdder opened = new LongAdder();

    /**
     * Makes an empty pool.
     *
     * @param open where connections are registered for the watchdog; shared by all pools of a
     *     transport
     */
    OriginPool(Origin origin, TransportSettings settings, Set<Connection> open) {
        this.origin = origin;
        this.access = ProxyAccess.to(origin, settings.proxies().of(origin));
        this.open = open;
        this.reuse = settings.reuse();
        this.maxConnections = settings.maxConnectionsPerOrigin();
        this.permits = new Semaphore(maxConnections, true);
    }

    Origin origin() {
        return origin;
    }

    /** The way its connections take. */
    ProxyAccess access() {
        return access;
    }

    Reuse reuse() {
        return reuse;
    }

    @Override
    public String name() {
        return origin.toString();
    }

    @Override
    public int inUse() {
        return Math.max(0, maxConnections - permits.availablePermits());
    }

    @Override
    public int idle() {
        return resting.size();
    }

    @Override
    public int waiting() {
        return waiting.intValue();
    }

    @Override
    public long opened() {
        return opened.sum();
    }

    @Override
    public long waitsTimedOut() {
        return waitsTimedOut.sum();
    }

    /** Waits in turn for a permit. */
    void enter(long patienceNanos) throws ExchangeFailure {
        // A fair semaphore's plain tryAcquire() would overtake those who wait.
        boolean entered;
        try {
            if (permits.tryAcquire(0, TimeUnit.NANOSECONDS)) {
                return;
            }
            waiting.increment();
            try {
                entered = permits.tryAcquire(patienceNanos, TimeUnit.NANOSECONDS);
            } finally {
                waiting.decrement();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new ExchangeFailure(
                    FailureKind.CANCELLED, "interrupted while waiting for a connection");
        }
        if (!entered) {
            waitsTimedOut.increment();
            throw new ExchangeFailure(
                    FailureKind.POOL_EXHAUSTED, "all connections to " + origin + " are in use");
        }
    }

    /** Gives back a permit that no connection stands for any more. */
    void leave() {
        permits.release();
    }

    /** A rested connection that looks alive, or null. It stands for the caller's permit now. */
    @Nullable Connection take() {
        Connection connection = resting.pollFirst();
        while (connection != null) {
            if (connection.wake()) {
                long now = Monotonic.now();
                boolean trusted = connection.restedNanos(now) < TRUST_NANOS;
                if (!connection.outlived(now) && (trusted || connection.silent())) {
                    return connection;
                }
                connection.abandon(connection.lease());
            }
            connection = resting.pollFirst();
        }
        return null;
    }

    /**
     * Before a connection is opened though others rest: while each permit that is not taken has a
     * rested connection, one of them has to go, so that there are never more than the bound.
     */
    void makeRoom() {
        while (resting.size() > permits.availablePermits()) {
            Connection oldest = resting.pollLast();
            if (oldest == null || (oldest.wake() && oldest.abandon(oldest.lease()))) {
                return;
            }
        }
    }

    /** Closes unused connections beyond the bound on these, those first that rested longest. */
    void trim(long now) {
        for (int surplus = resting.size() - reuse.maxIdle(); surplus > 0; surplus--) {
            Connection oldest = resting.peekLast();
            if (oldest == null || !oldest.endIfRested(now, NEEDED_NANOS)) {
                return;
            }
        }
    }

    /** A new connection, which stands for the caller's permit now. */
    Connection adopt(SocketChannel channel) {
        Connection connection = new Connection(this, channel);
        open.add(connection);
        opened.increment();
        return connection;
    }

    /** The exchange is over and the connection may serve another. */
    void giveBack(Connection connection, long lease) {
        if (connection.rest(lease)) {
            resting.addFirst(connection);
            permits.release();
        }
    }

    /** A connection is about to be closed. */
    void forget(Connection connection, boolean rested) {
        open.remove(connection);
        if (rested) {
            resting.removeLastOccurrence(connection);
        }
    }

    /** Lets all who wait pass; they will find the transport closed. */
    void releaseWaiters() {
        permits.release(Integer.MAX_VALUE / 2);
    }
}

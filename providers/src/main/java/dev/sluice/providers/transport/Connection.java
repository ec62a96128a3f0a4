package dev.sluice.providers.transport;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

import javax.net.ssl.SSLSocket;

/**
 * One connection to an origin, used by one exchange at a time.
 *
 * <p>Its state is one number, the lease: odd while an exchange holds the connection, even while it
 * rests in the pool, negative once it is closed, and higher with each change of hands. Whoever ends
 * it (the reader, the watchdog, a cancelling thread) names the lease it means, so that nobody can
 * close a connection that meanwhile serves another exchange, and the permit of the pool is returned
 * exactly once.
 *
 * <p>Blocking calls have no timeout of their own: the watchdog closes the channel when the deadline
 * has passed. A timed wait of a virtual thread costs 2-4 microseconds more than an untimed one, a
 * deadline here costs two stores.
 */
final class Connection {

    static final long CLOSED = -1;
    static final long EXPIRED = -2;
    static final long CANCELLED = -3;

    private record Secured(InputStream input, OutputStream output) {}

    private final OriginPool pool;
    private final SocketChannel channel;
    private final ConnectionInput input = new ConnectionInput(this);
    private final AtomicLong lease = new AtomicLong(1);
    private final long retireAt;

    private @Nullable Secured secured;
    private long totalDeadline = Monotonic.NEVER;
    private long idleNanos;
    private volatile long deadline = Monotonic.NEVER;
    private volatile long idleUntil = Monotonic.NEVER;
    private long restedSince;

    Connection(OriginPool pool, SocketChannel channel) {
        this.pool = requireNonNull(pool, "pool is null");
        this.channel = requireNonNull(channel, "channel is null");
        this.idleNanos = pool.reuse().idleExpiry().toNanos();
        long age = pool.reuse().maxAge().toNanos();
        this.retireAt = Monotonic.now() + age - ThreadLocalRandom.current().nextLong(age / 5 + 1);
    }

    /**
     * From now on what is sent and received passes this socket, which is layered over the channel.
     */
    void secure(SSLSocket socket) throws IOException {
        secured = new Secured(socket.getInputStream(), socket.getOutputStream());
    }

    SocketChannel channel() {
        return channel;
    }

    ConnectionInput input() {
        return input;
    }

    long lease() {
        return lease.get();
    }

    /** Whether it served an exchange before the one of this lease. */
    static boolean reused(long lease) {
        return lease > 1;
    }

    /**
     * Nothing may outlast this, whatever the deadline of the single step. Also holds between the
     * steps.
     */
    void limitTotal(long totalDeadline) {
        this.totalDeadline = totalDeadline;
        deadline = totalDeadline;
    }

    /**
     * Why a step on this connection failed: an expected end (deadline, cancellation, interrupt)
     * shows as an exception of the socket too.
     *
     * @param late what to call a deadline that passed, unless it was the total one
     * @param broken what to call any other end
     */
    FailureKind explain(FailureKind late, FailureKind broken) {
        long state = lease.get();
        if (state == EXPIRED) {
            return Monotonic.now() >= totalDeadline ? FailureKind.TIMEOUT_TOTAL : late;
        }
        return state == CANCELLED || Thread.currentThread().isInterrupted()
                ? FailureKind.CANCELLED
                : broken;
    }

    /** The upstream said how long it keeps unused connections. */
    void keepAtMost(long nanos) {
        idleNanos = Math.min(idleNanos, nanos);
    }

    /** Reads what is there, waiting for the first byte until the deadline; -1 at the end. */
    int receive(byte[] into, int offset, int length, long until) throws IOException {
        deadline = Math.min(until, totalDeadline);
        Secured tls = secured;
        int count =
                tls == null
                        ? channel.read(ByteBuffer.wrap(into, offset, length))
                        : tls.input.read(into, offset, length);
        deadline = totalDeadline;
        return count;
    }

    void send(byte[] from, int offset, int length, long until) throws IOException {
        deadline = Math.min(until, totalDeadline);
        Secured tls = secured;
        if (tls == null) {
            ByteBuffer buffer = ByteBuffer.wrap(from, offset, length);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        } else {
            tls.output.write(from, offset, length);
        }
        deadline = totalDeadline;
    }

    /** Whether the peer neither closed nor sent anything; looks without waiting. */
    boolean silent() {
        try {
            channel.configureBlocking(false);
            int count = channel.read(ByteBuffer.allocate(1));
            channel.configureBlocking(true);
            return count == 0;
        } catch (IOException _) {
            return false;
        }
    }

    /** Back to the pool, if the lease still holds. */
    boolean rest(long held) {
        input.reset();
        totalDeadline = Monotonic.NEVER;
        deadline = Monotonic.NEVER;
        restedSince = Monotonic.now();
        idleUntil = Math.min(restedSince + idleNanos, retireAt);
        return lease.compareAndSet(held, held + 1);
    }

    /** Out of the pool, if nobody else took or closed it. */
    boolean wake() {
        long resting = lease.get();
        return isResting(resting) && lease.compareAndSet(resting, resting + 1);
    }

    long restedNanos(long now) {
        return now - restedSince;
    }

    /** Whether it rested too long, or is too old to be used again. */
    boolean outlived(long now) {
        return now - idleUntil >= 0;
    }

    /**
     * Closes it for good, if the lease still holds; a thread blocked on it wakes with an exception.
     */
    boolean end(long held, long ending) {
        if (held < 0 || !lease.compareAndSet(held, ending)) {
            return false;
        }
        // Before the close: whoever it wakes may look at the statistics.
        pool.forget(this, isResting(held));
        close();
        if (!isResting(held)) {
            pool.leave();
        }
        return true;
    }

    /** As {@link #end}, but the permit stays with the caller. */
    boolean abandon(long held) {
        if (!lease.compareAndSet(held, CLOSED)) {
            return false;
        }
        pool.forget(this, false);
        close();
        return true;
    }

    /** Called by the watchdog. */
    void sweep(long now) {
        // The lease first: if hands change after this line, nothing below can take effect.
        long held = lease.get();
        if (isResting(held)) {
            if (outlived(now)) {
                end(held, CLOSED);
            }
        } else if (held > 0 && now - deadline >= 0) {
            end(held, EXPIRED);
        }
    }

    /** Ends it if it rests, and has for as long. */
    boolean endIfRested(long now, long nanos) {
        long held = lease.get();
        return isResting(held) && now - restedSince >= nanos && end(held, CLOSED);
    }

    /** Called when the transport closes. */
    void cancel() {
        long held = lease.get();
        while (held > 0 && !end(held, CANCELLED)) {
            held = lease.get();
        }
    }

    private static boolean isResting(long lease) {
        return lease > 0 && (lease & 1) == 0;
    }

    private void close() {
        try {
            channel.close();
        } catch (IOException _) {
            // It is gone either way.
        }
    }
}

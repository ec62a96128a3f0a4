package dev.sluice.ingress.http;

import dev.sluice.ingress.errors.ApiError;

import io.helidon.common.buffers.BufferData;
import io.helidon.webserver.ConnectionContext;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Ends connections whose request does not get to the end of its head: a caller who sends a byte
 * every few seconds would hold a connection for ever. The time begins with a connection, and again
 * with the first byte of each further request; between requests a connection may rest.
 */
final class HeadWatch implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(HeadWatch.class);
    private static final Duration PERIOD = Duration.ofMillis(250);
    private static final byte[] TOO_SLOW =
            HttpConnections.answer(
                    "408 Request Timeout",
                    ApiError.of(
                            408, "timeout_error", "The request's head did not arrive in time."));

    private static final ScopedValue<Head> SERVING = ScopedValue.newInstance();

    private final long patienceNanos;
    private final Set<Head> heads = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService scheduler =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("head-watch").factory());

    private enum State {
        /** Connected, and not a byte has come. */
        SILENT,
        /** Some of the head is here. */
        ARRIVING,
        /** The request is being read and answered. */
        SERVED,
        /** Answered; the next request may begin when it likes. */
        RESTING,
        EXPIRED
    }

    /** One connection, seen from where its next head is. */
    final class Head {

        private final ConnectionContext connection;
        private final AtomicReference<State> state = new AtomicReference<>(State.SILENT);
        private volatile long sinceNanos = System.nanoTime();

        private Head(ConnectionContext connection) {
            this.connection = connection;
        }

        void bytesArrived() {
            State now = state.get();
            if (now == State.RESTING) {
                sinceNanos = System.nanoTime();
                state.compareAndSet(State.RESTING, State.ARRIVING);
            } else if (now == State.SILENT) {
                state.compareAndSet(State.SILENT, State.ARRIVING);
            }
        }

        void complete() {
            state.compareAndSet(State.ARRIVING, State.SERVED);
            state.compareAndSet(State.RESTING, State.SERVED);
        }

        private void rest() {
            state.compareAndSet(State.SERVED, State.RESTING);
        }

        private void look(long now) {
            State current = state.get();
            boolean waits = current == State.SILENT || current == State.ARRIVING;
            if (waits
                    && now - sinceNanos > patienceNanos
                    && state.compareAndSet(current, State.EXPIRED)) {
                Thread.ofVirtual()
                        .name("head-timeout")
                        .start(() -> expire(current == State.ARRIVING));
            }
        }

        private void expire(boolean answers) {
            try {
                if (answers) {
                    connection.dataWriter().writeNow(BufferData.create(TOO_SLOW));
                }
            } catch (RuntimeException e) {
                LOGGER.atDebug().setCause(e).log("caller of a slow request is gone");
            } finally {
                connection.serverSocket().close();
            }
        }
    }

    HeadWatch(Duration patience) {
        this.patienceNanos = patience.toNanos();
    }

    void start() {
        var _ =
                scheduler.scheduleWithFixedDelay(
                        this::look, PERIOD.toMillis(), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** What serves a connection. */
    @FunctionalInterface
    interface Serving {
        void serve(Head head) throws InterruptedException;
    }

    /** Watches a connection while the calling thread serves it. */
    void whileServing(ConnectionContext connection, Serving serving) throws InterruptedException {
        var head = new Head(connection);
        heads.add(head);
        try {
            ScopedValue.where(SERVING, head)
                    .<@Nullable Void, InterruptedException>call(() -> {
                        serving.serve(head);
                        return null;
                    });
        } finally {
            heads.remove(head);
        }
    }

    /** The request of the calling thread's connection has been answered. */
    void answered() {
        if (SERVING.isBound()) {
            SERVING.get().rest();
        }
    }

    private void look() {
        long now = System.nanoTime();
        heads.forEach(head -> head.look(now));
    }

    @Override
    public void close() {
        scheduler.shutdownNow();
    }
}

package dev.sluice.ingress.http;

import dev.sluice.ingress.errors.ApiError;

import io.helidon.webserver.http.ServerResponse;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Ends the reading of bodies that do not arrive. The server has no read deadline of its own, and a
 * timer a request would be a lock that all requests share: so readers only enter a set, and one
 * thread looks through it four times a second.
 *
 * <p>The reader's thread is blocked in its read. So the answer, a 408, is sent from another thread,
 * then the reader is interrupted, which closes its connection.
 */
final class BodyWatch implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(BodyWatch.class);
    private static final Duration PERIOD = Duration.ofMillis(250);
    private static final ApiError TOO_SLOW =
            ApiError.of(408, "timeout_error", "The request's body did not arrive in time.");

    private final Set<Reading> readings = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService scheduler =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("body-watch").factory());

    /** One body that is being read. */
    static final class Reading {
        private final Thread reader = Thread.currentThread();
        private final ServerResponse response;
        private final boolean isSilent;
        private final long deadlineNanos;
        private final AtomicBoolean over = new AtomicBoolean();

        private Reading(ServerResponse response, boolean isSilent, long deadlineNanos) {
            this.response = response;
            this.isSilent = isSilent;
            this.deadlineNanos = deadlineNanos;
        }
    }

    void start() {
        var _ =
                scheduler.scheduleWithFixedDelay(
                        this::look, PERIOD.toMillis(), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The calling thread begins to read a body. */
    Reading begin(ServerResponse response, Duration atMost) {
        return begin(response, false, atMost);
    }

    /** The same where an answer has begun: then the connection only ends. */
    Reading beginSilent(ServerResponse response, Duration atMost) {
        return begin(response, true, atMost);
    }

    private Reading begin(ServerResponse response, boolean isSilent, Duration atMost) {
        var reading = new Reading(response, isSilent, System.nanoTime() + atMost.toNanos());
        readings.add(reading);
        return reading;
    }

    /**
     * It has read it, or given up; afterwards nobody else answers or interrupts.
     *
     * @return false if the deadline came first: then the answer is another thread's
     */
    boolean end(Reading reading) {
        readings.remove(reading);
        return reading.over.compareAndSet(false, true);
    }

    private void look() {
        long now = System.nanoTime();
        for (Reading reading : readings) {
            if (now - reading.deadlineNanos > 0 && reading.over.compareAndSet(false, true)) {
                Thread.ofVirtual().name("body-timeout").start(() -> expire(reading));
            }
        }
    }

    private static void expire(Reading reading) {
        try {
            if (!reading.isSilent) {
                Answers.sendAndClose(reading.response, TOO_SLOW);
            }
        } catch (RuntimeException e) {
            LOGGER.atDebug().setCause(e).log("caller of a slow body is gone");
        } finally {
            reading.reader.interrupt();
        }
    }

    @Override
    public void close() {
        scheduler.shutdownNow();
    }
}

package dev.sluice.spend;

import org.jooq.exception.DataAccessException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Asks Kafka and PostgreSQL every 2 s how they are. With PostgreSQL away the lag goes on growing
 * from the last known offsets: that is when it matters.
 */
final class SinkMonitor implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(SinkMonitor.class);
    private static final Duration PERIOD = Duration.ofSeconds(2);
    private static final long DRAIN_CHECK_MILLIS = 25;

    private final Backlog backlog;
    private final SinkMetrics metrics;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;

    private volatile List<String> away = List.of();

    SinkMonitor(Backlog backlog, SinkMetrics metrics) {
        this.backlog = backlog;
        this.metrics = metrics;
        thread = Thread.ofVirtual().name("spend-monitor").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Which servers did not answer when last asked. */
    List<String> away() {
        return away;
    }

    /** Waits until everything that is on the topic now is in the books; false if it is not. */
    boolean drain(Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        Map<Integer, Long> target = null;
        do {
            try {
                if (target == null) {
                    target = backlog.ends();
                }
                if (Backlog.between(backlog.booked(), target) == 0) {
                    return true;
                }
            } catch (ExecutionException | DataAccessException e) {
                LOGGER.atDebug().setCause(e).log("drain cannot see how far the books are");
            }
        } while (!closed.await(DRAIN_CHECK_MILLIS, TimeUnit.MILLISECONDS)
                && System.nanoTime() - deadline < 0);
        return false;
    }

    @Override
    public void close() {
        closed.countDown();
        thread.interrupt();
        backlog.close();
    }

    private void run() {
        try {
            do {
                ask();
            } while (!closed.await(PERIOD.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void ask() throws InterruptedException {
        boolean database = askDatabase();
        boolean kafka = askKafka();
        if (kafka) {
            away = database ? List.of() : List.of("postgresql");
        } else {
            away = database ? List.of("kafka") : List.of("kafka", "postgresql");
        }
    }

    private boolean askDatabase() {
        try {
            backlog.booked();
            return true;
        } catch (DataAccessException e) {
            LOGGER.atDebug().setCause(e).log("PostgreSQL does not answer");
            return false;
        }
    }

    private boolean askKafka() throws InterruptedException {
        try {
            Map<Integer, Long> ends = backlog.ends();
            backlog.lag(ends).ifPresent(metrics::lag);
            return true;
        } catch (ExecutionException e) {
            LOGGER.atDebug().setCause(e).log("Kafka does not answer");
            return false;
        }
    }
}

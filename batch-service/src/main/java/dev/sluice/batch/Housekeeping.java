package dev.sluice.batch;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;

/**
 * What goes on beside the calls, on one thread: the tables are made, the database is looked after,
 * expired files are swept.
 */
final class Housekeeping implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(Housekeeping.class);
    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);
    private static final int SWEPT_AT_ONCE = 100;

    /** Periods between two sweeps. */
    private static final int SWEEP_EVERY = 30;

    private final BatchDatabase database;
    private final IntUnaryOperator sweep;
    private final Runnable onceTablesAreThere;
    private final Thread thread =
            Thread.ofVirtual().name("batch-housekeeping").unstarted(this::run);
    private volatile boolean databaseThere;
    private volatile boolean closed;

    /**
     * @param sweep removes at most so many expired files, and returns how many
     * @param onceTablesAreThere called once
     */
    Housekeeping(BatchDatabase database, IntUnaryOperator sweep, Runnable onceTablesAreThere) {
        this.database = database;
        this.sweep = sweep;
        this.onceTablesAreThere = onceTablesAreThere;
    }

    void start() {
        thread.start();
    }

    /** Whether the database answered when it was last asked, and has its tables. */
    boolean isDatabaseThere() {
        return databaseThere;
    }

    private void run() {
        boolean begun = false;
        for (long round = 0; !closed; round++) {
            try {
                database.migrate();
                if (!begun) {
                    begun = true;
                    onceTablesAreThere.run();
                }
                database.sql().execute("SELECT 1");
                databaseThere = true;
                if (round % SWEEP_EVERY == 0) {
                    sweepAll();
                }
            } catch (RuntimeException e) {
                if (databaseThere || round == 0) {
                    LOGGER.atWarn().setCause(e).log("the database of batches cannot be reached");
                }
                databaseThere = false;
            }
            try {
                TimeUnit.NANOSECONDS.sleep(PERIOD.toNanos());
            } catch (InterruptedException _) {
                return;
            }
        }
    }

    private void sweepAll() {
        while (!closed && sweep.applyAsInt(SWEPT_AT_ONCE) == SWEPT_AT_ONCE) {
            // There are more.
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join(LONGEST_WAIT);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}

package dev.sluice.spend.accounts;

import org.jooq.DSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Brings changes from the outbox to the topic, in their order, each at least once.
 *
 * <p>One publisher at a time over all instances: the lock is held from the look into the outbox
 * until its rows are deleted, which is after the brokers have acknowledged. A publisher that dies
 * in between is followed by another one, which sends the same again.
 */
final class OutboxPublisher implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(OutboxPublisher.class);
    private static final int BATCH_ROWS = 500;
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

    /** What brings records to the topic. */
    interface Sender extends AutoCloseable {

        /** Returns when all have arrived. */
        void send(Map<String, byte[]> records) throws ExecutionException, InterruptedException;

        /** Gives up what is open; it may be used again. */
        @Override
        void close();
    }

    private final DSLContext sql;
    private final BooleanSupplier tables;
    private final Sender sender;
    private final AccountMetrics metrics;
    private final Semaphore work = new Semaphore(0);
    private final Thread thread = Thread.ofPlatform().name("accounts-outbox").unstarted(this::run);
    private volatile boolean stopping;

    /**
     * @param tables whether they have their newest form
     */
    OutboxPublisher(DSLContext sql, BooleanSupplier tables, Sender sender, AccountMetrics metrics) {
        this.sql = sql;
        this.tables = tables;
        this.sender = sender;
        this.metrics = metrics;
    }

    void start() {
        thread.start();
    }

    /** There is something to publish. */
    void wake() {
        work.release();
    }

    @Override
    public void close() {
        stopping = true;
        wake();
        try {
            if (!thread.join(STOP_TIMEOUT)) {
                thread.interrupt();
            }
        } catch (IllegalThreadStateException _) {
            // It was never started.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try (sender) {
            while (!stopping) {
                Duration pause = publishAll();
                if (work.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                    work.drainPermits();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Publishes what is there; how long to wait for more. */
    private Duration publishAll() throws InterruptedException {
        try {
            while (tables.getAsBoolean() && !stopping && publishBatch() == BATCH_ROWS) {
                LOGGER.atDebug().log("the outbox holds more than a batch");
            }
            return POLL;
        } catch (RuntimeException | ExecutionException e) {
            LOGGER.atWarn()
                    .addKeyValue("error", rootOf(e).toString())
                    .log("changes of accounts wait in the outbox");
            sender.close();
            return PAUSE;
        }
    }

    /** How many rows it has taken out of the outbox. */
    int publishBatch() throws ExecutionException, InterruptedException {
        try {
            return sql.transactionResult(configuration -> {
                DSLContext transaction = configuration.dsl();
                if (!Accounts.tryLockPublishing(transaction)) {
                    return 0;
                }
                return publishBatch(transaction);
            });
        } catch (SendFailure e) {
            metrics.waiting(Outbox.waiting(sql));
            throw e.failure;
        }
    }

    private int publishBatch(DSLContext transaction) throws InterruptedException {
        Outbox.Batch batch = Outbox.next(transaction, BATCH_ROWS);
        if (batch.places().isEmpty()) {
            metrics.waiting(0);
            return 0;
        }
        try {
            sender.send(batch.values());
        } catch (ExecutionException e) {
            throw new SendFailure(e);
        }
        Outbox.published(transaction, batch);
        metrics.published(batch.values().size());
        return batch.places().size();
    }

    private static Throwable rootOf(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    /** Rolls the transaction back. */
    private static final class SendFailure extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final ExecutionException failure;

        SendFailure(ExecutionException failure) {
            super("a record was not taken", failure, false, false);
            this.failure = failure;
        }
    }
}

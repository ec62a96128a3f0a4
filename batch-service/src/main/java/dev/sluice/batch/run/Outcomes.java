package dev.sluice.batch.run;

import dev.sluice.batch.jobs.Batch.BatchUsage;
import dev.sluice.batch.lines.Portion;

import org.jooq.DSLContext;
import org.jooq.Record;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Writes outcomes down, many in one transaction. While the database is away it holds what it has
 * and takes no more, so that calling comes to a stop.
 */
final class Outcomes implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(Outcomes.class);
    private static final int WAITING_MAX = 1_024;
    private static final int TOGETHER_MAX = 1_024;
    private static final long TOGETHER_BYTES_MAX = 8L << 20;

    /** Kilobytes of outcomes that wait; one that is larger waits for all of it. */
    private static final int WAITING_KILOBYTES_MAX = 64 << 10;

    private static final Duration GATHERING = Duration.ofMillis(20);
    private static final Duration AGAIN = Duration.ofMillis(500);

    private final DSLContext sql;
    private final String worker;
    private final BlockingQueue<Item> waiting = new LinkedBlockingQueue<>(WAITING_MAX);
    private final Semaphore room = new Semaphore(WAITING_KILOBYTES_MAX);
    private final Thread writer;
    private volatile boolean isClosing;

    private sealed interface Item {}

    private record Outcome(String batch, int line, CallOutcome.Done done) implements Item {

        int kilobytes() {
            return Math.min(WAITING_KILOBYTES_MAX, 1 + done.output().length / 1024);
        }
    }

    private record Ended(LeasedPortion portion, List<Retry> retries) implements Item {}

    private record GivenBack(long portion) implements Item {}

    private record Repeated(String batch, int lines) implements Item {}

    /** A line that is to be called again. */
    record Retry(Portion line, int tries, int waits, Instant notBefore) {}

    Outcomes(DSLContext sql, String worker) {
        this.sql = sql;
        this.worker = worker;
        this.writer = Thread.ofPlatform().name("sluice-batch-outcomes").unstarted(this::run);
    }

    void start() {
        writer.start();
    }

    /** A line has its outcome. Waits where the database does not follow. */
    void done(String batch, int line, CallOutcome.Done done) {
        var outcome = new Outcome(batch, line, done);
        room.acquireUninterruptibly(outcome.kilobytes());
        put(outcome);
    }

    /** What was called must be written down, or its lease would never end: not to be given up. */
    private void put(Item item) {
        boolean isInterrupted = false;
        while (true) {
            try {
                waiting.put(item);
                break;
            } catch (InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Every line of a portion has its outcome, or is to be called again. */
    void ended(LeasedPortion portion, List<Retry> retries) {
        put(new Ended(portion, List.copyOf(retries)));
    }

    /** A portion is to be called by whoever comes; what is done of it was handed in before. */
    void givenBack(LeasedPortion portion) {
        put(new GivenBack(portion.id()));
    }

    /** Lines may have been called twice. */
    void repeated(String batch, int lines) {
        put(new Repeated(batch, lines));
    }

    private void run() {
        List<Item> together = new ArrayList<>();
        try {
            while (!isClosing || !waiting.isEmpty()) {
                Item first = waiting.poll(100, TimeUnit.MILLISECONDS);
                if (first == null) {
                    continue;
                }
                together.add(first);
                gather(together);
                write(together);
                for (Item item : together) {
                    if (item instanceof Outcome outcome) {
                        room.release(outcome.kilobytes());
                    }
                }
                together.clear();
            }
        } catch (InterruptedException e) {
            // What is not written down is called again.
            LOGGER.atInfo().log("stopped before all outcomes were written down");
        }
    }

    private void gather(List<Item> together) throws InterruptedException {
        long until = System.nanoTime() + GATHERING.toNanos();
        long bytes = bytes(together.getFirst());
        while (together.size() < TOGETHER_MAX && bytes < TOGETHER_BYTES_MAX) {
            long left = until - System.nanoTime();
            Item next =
                    isClosing || left <= 0
                            ? waiting.poll()
                            : waiting.poll(left, TimeUnit.NANOSECONDS);
            if (next == null) {
                return;
            }
            together.add(next);
            bytes += bytes(next);
        }
    }

    private static long bytes(Item item) {
        return item instanceof Outcome outcome ? outcome.done().output().length : 0;
    }

    private void write(List<Item> together) throws InterruptedException {
        while (true) {
            try {
                sql.transaction(transaction -> write(transaction.dsl(), together));
                return;
            } catch (RuntimeException e) {
                LOGGER.atWarn().setCause(e).log("outcomes cannot be written down yet");
                TimeUnit.NANOSECONDS.sleep(AGAIN.toNanos());
            }
        }
    }

    private void write(DSLContext transaction, List<Item> together) {
        Map<String, Sum> sums = new TreeMap<>();
        List<Outcome> outcomes = new ArrayList<>();
        List<Ended> ended = new ArrayList<>();
        List<Long> givenBack = new ArrayList<>();
        for (Item item : together) {
            switch (item) {
                case Outcome outcome -> outcomes.add(outcome);
                case Ended portion -> ended.add(portion);
                case GivenBack(var portion) -> givenBack.add(portion);
                case Repeated(var batch, var lines) -> sum(sums, batch).repeated += lines;
            }
        }
        insert(transaction, outcomes, sums);
        sums.forEach((batch, sum) -> sum.add(transaction, batch));
        for (Ended portion : ended) {
            end(transaction, portion);
        }
        if (!givenBack.isEmpty()) {
            new Portions(transaction).giveBack(worker, givenBack);
        }
    }

    private static Sum sum(Map<String, Sum> sums, String batch) {
        return sums.computeIfAbsent(batch, _ -> new Sum());
    }

    private static void insert(
            DSLContext transaction, List<Outcome> outcomes, Map<String, Sum> sums) {
        if (outcomes.isEmpty()) {
            return;
        }
        Map<String, Outcome> byName = new HashMap<>();
        outcomes.forEach(
                outcome -> byName.putIfAbsent(name(outcome.batch(), outcome.line()), outcome));
        for (Record row :
                transaction.fetch(
                        """
                        INSERT INTO batch_outcomes (batch_id, line, succeeded, output)
                        SELECT * FROM unnest(?, ?, ?, ?)
                        ON CONFLICT (batch_id, line) DO NOTHING RETURNING batch_id, line
                        """,
                        outcomes.stream().map(Outcome::batch).toArray(String[]::new),
                        outcomes.stream().map(Outcome::line).toArray(Integer[]::new),
                        outcomes.stream().map(o -> o.done().succeeded()).toArray(Boolean[]::new),
                        outcomes.stream().map(o -> o.done().output()).toArray(byte[][]::new))) {
            String batch = String.valueOf(row.get("batch_id"));
            Outcome outcome = byName.remove(name(batch, row.get("line", Integer.class)));
            if (outcome != null) {
                sum(sums, batch).count(outcome.done());
            }
        }
        // Outcomes of lines that have one already: they were called twice.
        byName.values().forEach(outcome -> sum(sums, outcome.batch()).repeated++);
    }

    private static String name(String batch, int line) {
        return batch + ':' + line;
    }

    /** The portion goes, and what is to be called again becomes portions of its own. */
    private void end(DSLContext transaction, Ended ended) {
        int gone =
                transaction.execute(
                        "DELETE FROM batch_portions WHERE id = ? AND leased_by = ?",
                        ended.portion().id(),
                        worker);
        if (gone == 0) {
            return;
        }
        for (Retry retry : ended.retries()) {
            Portions.insert(
                    transaction,
                    ended.portion().batch(),
                    List.of(retry.line()),
                    retry.tries(),
                    retry.waits(),
                    retry.notBefore());
        }
    }

    /** Waits until all is written down, as long as the database is there. */
    @Override
    public void close() {
        isClosing = true;
        try {
            if (!writer.join(Duration.ofSeconds(5))) {
                writer.interrupt();
                writer.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What one transaction adds to a batch. */
    private static final class Sum {

        private int completed;
        private int failed;
        private int repeated;
        private BatchUsage usage = BatchUsage.NONE;

        void count(CallOutcome.Done done) {
            completed += done.succeeded() ? 1 : 0;
            failed += done.succeeded() ? 0 : 1;
            usage = usage.plus(done.usage());
        }

        void add(DSLContext transaction, String batch) {
            transaction.execute(
                    """
                    UPDATE batches SET completed = completed + ?, failed = failed + ?,
                        repeated = repeated + ?, spent_pico = spent_pico + ?,
                        input_tokens = input_tokens + ?, cached_tokens = cached_tokens + ?,
                        output_tokens = output_tokens + ?, reasoning_tokens = reasoning_tokens + ?
                    WHERE id = ?
                    """,
                    completed,
                    failed,
                    repeated,
                    usage.spentPico(),
                    usage.input(),
                    usage.cached(),
                    usage.output(),
                    usage.reasoning(),
                    batch);
        }
    }
}

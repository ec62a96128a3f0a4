package dev.sluice.simulator;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The truth about what was billed. Totals and attempts change under one lock, so that totals always
 * equal the sum of all attempts recorded so far.
 */
final class Ledger {

    /** Where keys and models go of which there are too many to tell apart. */
    static final String OTHERS = "(others)";

    private static final int LABELS_MAX = 10_000;

    /** Sums over calls. */
    record Totals(long calls, Usage usage, long costPico) {

        static final Totals ZERO = new Totals(0, Usage.NONE, 0);

        Totals plus(Attempt attempt) {
            Usage more = attempt.usage();
            Usage sum =
                    new Usage(
                            Math.addExact(usage.input(), more.input()),
                            Math.addExact(usage.cached(), more.cached()),
                            Math.addExact(usage.output(), more.output()),
                            Math.addExact(usage.reasoning(), more.reasoning()));
            return new Totals(calls + 1, sum, Math.addExact(costPico, attempt.costPico()));
        }
    }

    /** The ledger at one moment; attempts are the newest, oldest first. */
    record Snapshot(
            Totals totals,
            Map<String, Totals> byKey,
            Map<String, Totals> byModel,
            long attemptsDropped,
            List<Attempt> attempts) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final int attemptsMax;
    private final Deque<Attempt> attempts = new ArrayDeque<>();
    private final Map<String, Totals> byKey = new TreeMap<>();
    private final Map<String, Totals> byModel = new TreeMap<>();
    private Totals totals = Totals.ZERO;
    private long attemptsDropped;

    Ledger(int attemptsMax) {
        this.attemptsMax = attemptsMax;
    }

    void record(Attempt attempt) {
        lock.lock();
        try {
            attempts.addLast(attempt);
            if (attempts.size() > attemptsMax) {
                attempts.removeFirst();
                attemptsDropped++;
            }
            if (attempt.isCall()) {
                totals = totals.plus(attempt);
                add(byKey, attempt.key(), attempt);
                add(byModel, Optional.ofNullable(attempt.model()).orElse(OTHERS), attempt);
            }
        } finally {
            lock.unlock();
        }
    }

    Snapshot snapshot() {
        lock.lock();
        try {
            return new Snapshot(
                    totals,
                    new TreeMap<>(byKey),
                    new TreeMap<>(byModel),
                    attemptsDropped,
                    List.copyOf(attempts));
        } finally {
            lock.unlock();
        }
    }

    void clear() {
        lock.lock();
        try {
            attempts.clear();
            byKey.clear();
            byModel.clear();
            totals = Totals.ZERO;
            attemptsDropped = 0;
        } finally {
            lock.unlock();
        }
    }

    private static void add(Map<String, Totals> sums, String label, Attempt attempt) {
        boolean known = sums.containsKey(label) || sums.size() < LABELS_MAX;
        String row = known ? label : OTHERS;
        sums.put(row, sums.getOrDefault(row, Totals.ZERO).plus(attempt));
    }
}

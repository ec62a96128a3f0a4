package dev.sluice.ingress.limits;

import dev.sluice.schemas.events.BudgetState;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;

/** Books that show what was settled a while later, as the topic of budgets does. */
final class Books implements BudgetBases {

    private static final ConcurrentMap<String, String> NAMES = new ConcurrentHashMap<>();

    private final long lagNanos;
    private final Instant since;
    private final ConcurrentLinkedQueue<Entry> entries = new ConcurrentLinkedQueue<>();
    private final Map<String, Map<String, Long>> shown = new ConcurrentHashMap<>();
    private final Map<String, Long> booked = new ConcurrentHashMap<>();

    private record Entry(String account, String run, long pico, long nanos) {}

    Books(Duration lag, Instant since) {
        this.lagNanos = lag.toNanos();
        this.since = since;
    }

    void book(String account, String run, long pico) {
        booked.merge(account, pico, Long::sum);
        entries.add(new Entry(account, run, pico, System.nanoTime()));
    }

    /** All that was booked, shown or not. */
    long total(String account) {
        return booked.getOrDefault(account, 0L);
    }

    @Override
    public @Nullable BudgetBase base(String account) {
        show();
        Map<String, Long> writers = shown.get(account);
        if (writers == null) {
            return null;
        }
        synchronized (this) {
            long spent = writers.values().stream().mapToLong(Long::longValue).sum();
            return BudgetBase.of(
                    new BudgetState(account, since, null, spent, spent, writers, Instant.now()),
                    NAMES);
        }
    }

    private synchronized void show() {
        Entry next = entries.peek();
        while (next != null && System.nanoTime() - next.nanos() > lagNanos) {
            Entry due = entries.remove();
            shown.computeIfAbsent(due.account(), _ -> new HashMap<>())
                    .merge(due.run(), due.pico(), Long::sum);
            next = entries.peek();
        }
    }
}

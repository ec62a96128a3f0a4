package dev.sluice.router.budgets;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * The accounts that nobody made: end users that are only named in calls, and what was deleted. They
 * are kept for a while, in case a record follows: an hour, or 40 days where end users have a budget
 * without being made.
 */
final class Unknowns {

    static final Duration IDLE_MAX = Duration.ofHours(1);
    static final Duration IDLE_MAX_WITH_BUDGET = Duration.ofDays(40);

    /**
     * Of one partition. Beyond it the one that was idle longest goes, and is counted anew later.
     */
    static final int ACCOUNTS_MAX = 100_000;

    private final Duration idleMax;
    private final SequencedMap<String, Instant> touched = new LinkedHashMap<>();

    Unknowns(boolean haveBudgets) {
        this.idleMax = haveBudgets ? IDLE_MAX_WITH_BUDGET : IDLE_MAX;
    }

    void touch(String account, Instant at) {
        if (!at.equals(touched.get(account))) {
            touched.putLast(account, at);
        }
    }

    void remove(String account) {
        touched.remove(account);
    }

    /** The accounts to be forgotten, at most so many. Takes them out. */
    List<String> due(Instant now, int atMost) {
        List<String> due = new ArrayList<>();
        Instant oldest = now.minus(idleMax);
        Iterator<Map.Entry<String, Instant>> entries = touched.entrySet().iterator();
        while (due.size() < atMost && entries.hasNext()) {
            Map.Entry<String, Instant> entry = entries.next();
            if (touched.size() <= ACCOUNTS_MAX && !entry.getValue().isBefore(oldest)) {
                break;
            }
            due.add(entry.getKey());
            entries.remove();
        }
        return due;
    }

    /** Puts them in the order of time, after they came in another. */
    void sort() {
        List<Map.Entry<String, Instant>> entries = new ArrayList<>(touched.entrySet());
        entries.sort(Map.Entry.comparingByValue());
        touched.clear();
        entries.forEach(entry -> touched.put(entry.getKey(), entry.getValue()));
    }

    List<String> accounts() {
        return List.copyOf(touched.keySet());
    }

    void clear() {
        touched.clear();
    }
}

package dev.sluice.router.budgets;

import static java.util.Comparator.comparing;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** When which account's period ends. */
final class PeriodEnds {

    private final TreeSet<End> ends = new TreeSet<>(comparing(End::at).thenComparing(End::account));

    private record End(Instant at, String account) {}

    /** An account's period ends at another time; null is never. */
    void move(String account, @Nullable Instant from, @Nullable Instant to) {
        if (from != null && !from.equals(to)) {
            ends.remove(new End(from, account));
        }
        if (to != null && !to.equals(from)) {
            ends.add(new End(to, account));
        }
    }

    /**
     * The accounts whose period is over, at most so many, the longest over first. Takes them out.
     */
    List<String> due(Instant now, int atMost) {
        List<String> due = new ArrayList<>();
        while (due.size() < atMost && !ends.isEmpty() && !ends.first().at.isAfter(now)) {
            due.add(ends.removeFirst().account);
        }
        return due;
    }

    void clear() {
        ends.clear();
    }
}

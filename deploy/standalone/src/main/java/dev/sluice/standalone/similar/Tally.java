package dev.sluice.standalone.similar;

import dev.sluice.semantics.guards.Guard;

import org.jspecify.annotations.Nullable;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/** What the look-ups of one file came to, at one threshold. */
final class Tally {

    private final Map<Guard, Integer> refusals = new EnumMap<>(Guard.class);
    private final Map<String, int[]> kinds = new TreeMap<>();
    private int lookUps;
    private int hits;
    private int wrong;

    void hit(boolean right, String kind) {
        count(kind, true);
        hits++;
        wrong += right ? 0 : 1;
    }

    /** A miss, with the guard that refused the nearest if one did. */
    void miss(@Nullable Guard refusedBy, String kind) {
        count(kind, false);
        if (refusedBy != null) {
            refusals.merge(refusedBy, 1, Integer::sum);
        }
    }

    private void count(String kind, boolean hit) {
        lookUps++;
        int[] counts = kinds.computeIfAbsent(kind, _ -> new int[2]);
        counts[0]++;
        counts[1] += hit ? 1 : 0;
    }

    Share hits() {
        return new Share(hits, lookUps);
    }

    Share wrong() {
        return new Share(wrong, lookUps);
    }

    /** Refused look-ups by guard, as text; a hyphen for none. */
    String refusals() {
        var text = new StringBuilder();
        refusals.forEach((guard, count) ->
                text.append(text.isEmpty() ? "" : ", ")
                        .append(guard.label())
                        .append(' ')
                        .append(count));
        return text.isEmpty() ? "-" : text.toString();
    }

    /** Hits by kind of pair, as text; empty where the file tells no kinds. */
    String kinds() {
        var text = new StringBuilder();
        kinds.forEach((kind, counts) -> {
            if (!kind.isEmpty()) {
                text.append(text.isEmpty() ? "" : ", ")
                        .append("%s %d of %d".formatted(kind, counts[1], counts[0]));
            }
        });
        return text.toString();
    }
}

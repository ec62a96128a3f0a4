package dev.sluice.standalone.chaos;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Which row of the books is which attempt of the provider's ledger. The gateway's own numbers have
 * no part in it: pairs have the same question, and the provider's response id where the row has
 * one, else the same deployment and the same place in time.
 *
 * @param lost attempts without a row
 * @param extra rows without an attempt, cache hits left out
 */
record Matching(List<Pair> pairs, List<Billed> lost, List<Booked> extra) {

    /** An attempt and its row. */
    record Pair(Billed billed, Booked booked) {}

    /**
     * Matches all.
     *
     * @param billed in the order in which the provider received them
     */
    static Matching of(List<Billed> billed, List<Booked> booked) {
        Map<String, List<Booked>> rows = new HashMap<>();
        booked.stream()
                .filter(row -> row.attempt() > 0)
                .sorted(Comparator.comparing(Booked::startedAt).thenComparingInt(Booked::attempt))
                .forEach(row ->
                        rows.computeIfAbsent(row.question(), _ -> new ArrayList<>()).add(row));
        List<Pair> pairs = new ArrayList<>();
        List<Billed> nameless = new ArrayList<>();
        for (Billed attempt : billed) {
            if (!pair(attempt, rows, pairs, true)) {
                nameless.add(attempt);
            }
        }
        List<Billed> lost = new ArrayList<>();
        for (Billed attempt : nameless) {
            if (!pair(attempt, rows, pairs, false)) {
                lost.add(attempt);
            }
        }
        return new Matching(pairs, lost, rows.values().stream().flatMap(List::stream).toList());
    }

    private static boolean pair(
            Billed attempt, Map<String, List<Booked>> rows, List<Pair> pairs, boolean byId) {
        List<Booked> candidates = rows.getOrDefault(attempt.user(), new ArrayList<>());
        for (int i = 0; i < candidates.size(); i++) {
            Booked row = candidates.get(i);
            boolean same =
                    byId
                            ? attempt.responseId().equals(row.responseId())
                            : row.responseId() == null
                                    && !row.closing()
                                    && Objects.equals(row.deployment(), attempt.deployment());
            if (same) {
                pairs.add(new Pair(attempt, row));
                candidates.remove(i);
                return true;
            }
        }
        return false;
    }
}

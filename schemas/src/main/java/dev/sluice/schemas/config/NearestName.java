package dev.sluice.schemas.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what somebody meant who mistyped a name. */
final class NearestName {

    /** No key is longer; a longer name is no slip, and its distance would cost time. */
    private static final int MAX_LENGTH = 80;

    private NearestName() {}

    static Optional<String> among(Collection<String> names, String written) {
        if (written.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        int allowed = Math.max(1, written.length() / 4);
        return names.stream()
                .filter(name -> Math.abs(name.length() - written.length()) <= allowed)
                .filter(name -> !name.equals(written) && distance(name, written) <= allowed)
                .min(
                        Comparator.<String>comparingInt(name -> distance(name, written))
                                .thenComparing(Comparator.naturalOrder()));
    }

    /** Levenshtein's edit distance. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                int same = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(same, Math.min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }
        return row[b.length()];
    }
}

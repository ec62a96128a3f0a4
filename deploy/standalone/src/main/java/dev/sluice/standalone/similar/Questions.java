package dev.sluice.standalone.similar;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** A file of questions of which it is known which ask the same. */
sealed interface Questions {

    String file();

    int lookUps();

    /** Every text that needs a vector. */
    Set<String> texts();

    /**
     * Each second text is looked up where only the first is kept.
     *
     * @param kind what sort of pair, empty where the file does not say
     */
    record Pair(String kept, String asked, boolean same, String kind) {}

    /** Pairs, each for itself. */
    record Pairs(String file, List<Pair> rows) implements Questions {

        public Pairs {
            rows = List.copyOf(rows);
        }

        @Override
        public int lookUps() {
            return rows.size();
        }

        @Override
        public Set<String> texts() {
            Set<String> texts = new TreeSet<>();
            for (Pair pair : rows) {
                texts.add(pair.kept());
                texts.add(pair.asked());
            }
            return texts;
        }
    }

    /** A question; those of one cluster ask the same. */
    record Asked(String text, String cluster) {}

    /** Questions in the order in which they come; what misses is kept. */
    record Stream(String file, List<Asked> rows) implements Questions {

        public Stream {
            rows = List.copyOf(rows);
        }

        @Override
        public int lookUps() {
            return rows.size();
        }

        @Override
        public Set<String> texts() {
            Set<String> texts = new TreeSet<>();
            rows.forEach(asked -> texts.add(asked.text()));
            return texts;
        }
    }
}

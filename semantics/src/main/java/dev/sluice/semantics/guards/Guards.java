package dev.sluice.semantics.guards;

import java.util.Arrays;
import java.util.Optional;

/**
 * Whether an answer that was kept for one text may be given for another. In doubt it may not: a
 * miss costs a call, a wrong hit costs trust.
 */
public final class Guards {

    /** What a missing word counts, by its weight, and how much may be missing in both together. */
    private static final int[] COUNTS = {0, 1, 2, 2, 3, 4, 4, 4};

    private static final int MISSING_MAX = 2;

    private Guards() {}

    /**
     * The first guard that disagrees, or nothing if all agree. The order of the two is the same.
     */
    public static Optional<Guard> check(Fingerprint asked, Fingerprint kept) {
        for (Guard guard : Guard.values()) {
            if (!agree(guard, asked, kept)) {
                return Optional.of(guard);
            }
        }
        return Optional.empty();
    }

    static boolean agree(Guard guard, Fingerprint one, Fingerprint other) {
        return switch (guard) {
            case LENGTH -> one.whole && other.whole;
            case LANGUAGE ->
                    one.script == other.script
                            && (one.language == other.language
                                    || one.language == 0
                                    || other.language == 0);
            case NUMBERS -> Arrays.equals(one.numbers, other.numbers);
            case DATES -> Arrays.equals(one.dates, other.dates);
            case UNITS -> Arrays.equals(one.units, other.units);
            case CODE -> Arrays.equals(one.code, other.code);
            case QUOTES ->
                    one.quotes.length == 0
                            || other.quotes.length == 0
                            || Arrays.equals(one.quotes, other.quotes);
            case NAMES -> saysAll(one.names, other) && saysAll(other.names, one);
            case NEGATION ->
                    one.denials == other.denials
                            && one.exceptions == other.exceptions
                            && denyTheSame(one.denied, other.denied);
            case OPPOSITES -> !contradicts(one, other) && !contradicts(other, one);
            case EXTENT -> Arrays.equals(one.extents, other.extents);
            case PERSONS -> areTheSame(one.persons, other.persons);
            case QUESTION -> one.questions == other.questions;
            case TENSE -> one.tenses == other.tenses;
            case ORDER -> isInOrder(one, other);
            case WORDS -> missing(one, other) + missing(other, one) <= MISSING_MAX;
        };
    }

    private static boolean saysAll(int[] names, Fingerprint other) {
        for (int name : names) {
            if (!other.says(name)) {
                return false;
            }
        }
        return true;
    }

    private static boolean denyTheSame(int[] one, int[] other) {
        if (one.length != other.length) {
            return false;
        }
        for (int i = 0; i < one.length; i++) {
            boolean any = one[i] == Fingerprint.ANYTHING || other[i] == Fingerprint.ANYTHING;
            if (!any && one[i] != other[i]) {
                return false;
            }
        }
        return true;
    }

    /** One may name more persons than the other, but neither another, nor in another order. */
    private static boolean areTheSame(int[] one, int[] other) {
        int[] mine = Arrays.stream(one).filter(person -> has(other, person)).toArray();
        int[] theirs = Arrays.stream(other).filter(person -> has(one, person)).toArray();
        boolean within = mine.length == one.length || theirs.length == other.length;
        return within && Arrays.equals(mine, theirs);
    }

    private static boolean has(int[] all, int wanted) {
        for (int one : all) {
            if (one == wanted) {
                return true;
            }
        }
        return false;
    }

    private static boolean contradicts(Fingerprint one, Fingerprint other) {
        for (int i = 0; i < one.poles.length; i += 2) {
            int own = one.poles[i];
            int opposite = one.poles[i + 1];
            if (takesSide(other, opposite) && !takesSide(other, own) && !takesSide(one, opposite)) {
                return true;
            }
        }
        return false;
    }

    private static boolean takesSide(Fingerprint print, int side) {
        for (int i = 0; i < print.poles.length; i += 2) {
            if (print.poles[i] == side) {
                return true;
            }
        }
        return print.says(side);
    }

    /** Whether the words that both have, and that matter, come in the same order, and as often. */
    private static boolean isInOrder(Fingerprint one, Fingerprint other) {
        int[] mine = common(one, other);
        int[] theirs = common(other, one);
        return Arrays.equals(mine, theirs);
    }

    private static int[] common(Fingerprint one, Fingerprint other) {
        return Arrays.stream(one.words)
                .filter(word -> Fingerprint.weight(word) > 1)
                .map(Fingerprint::bare)
                .filter(other::stresses)
                .toArray();
    }

    private static int missing(Fingerprint one, Fingerprint other) {
        int sum = 0;
        for (int word : one.words) {
            if (!other.says(Fingerprint.bare(word))) {
                sum += COUNTS[Fingerprint.weight(word)];
            }
        }
        return sum;
    }
}

package dev.sluice.ingress.routing;

import java.util.Arrays;
import java.util.List;

/**
 * Puts candidates in order, by tier and within a tier by key, both ascending.
 *
 * <p>A straight insertion sort over two small arrays: groups have a handful of deployments, and a
 * sort by comparator would box every key.
 */
final class Ranking {

    private final Candidate[] candidates;
    private final int[] tiers;
    private final double[] keys;
    private int size;

    Ranking(int capacity) {
        candidates = new Candidate[capacity];
        tiers = new int[capacity];
        keys = new double[capacity];
    }

    void add(Candidate candidate, int tier, double key) {
        int at = size++;
        while (at > 0 && isBefore(tier, key, at - 1)) {
            candidates[at] = candidates[at - 1];
            tiers[at] = tiers[at - 1];
            keys[at] = keys[at - 1];
            at--;
        }
        candidates[at] = candidate;
        tiers[at] = tier;
        keys[at] = key;
    }

    List<Candidate> order() {
        return Arrays.asList(
                size == candidates.length ? candidates : Arrays.copyOf(candidates, size));
    }

    private boolean isBefore(int tier, double key, int other) {
        return tier != tiers[other] ? tier < tiers[other] : key < keys[other];
    }
}

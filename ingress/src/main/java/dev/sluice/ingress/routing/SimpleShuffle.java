package dev.sluice.ingress.routing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;

/**
 * Random, in proportion to {@code weight}, else to {@code rpm}, else to {@code tpm}, else even.
 *
 * <p>The first of the three that any candidate has decides for all; one that lacks it counts 0.
 * Candidates that count 0 come after those that count, cooled-down ones come last.
 *
 * <p>The order is a weighted sample without replacement (Efraimidis and Spirakis, 2006): each
 * candidate draws an exponential time with its weight as rate, and they line up by time.
 */
public final class SimpleShuffle implements RoutingStrategy {

    private static final int WEIGHED = 0;
    private static final int WEIGHTLESS = 1;
    private static final int COOLED_DOWN = 2;
    private static final List<String> WORDS = List.of("weighed", "weightless", "cooled_down");

    @Override
    public String name() {
        return "simple-shuffle";
    }

    @Override
    public String measure() {
        return "share";
    }

    @Override
    public Assessment assess(List<Candidate> candidates, FleetView fleet, RequestTraits traits) {
        ToDoubleFunction<Candidate> share = shareOf(candidates);
        int[] tiers = new int[candidates.size()];
        double[] weights = new double[candidates.size()];
        for (int i = 0; i < tiers.length; i++) {
            Candidate candidate = candidates.get(i);
            weights[i] = share.applyAsDouble(candidate);
            tiers[i] = tier(candidate, weights[i], fleet);
        }
        return new Shares(candidates, tiers, weights);
    }

    /** Each with its weight; one that has none counts as 1 among its like. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Shares(List<Candidate> candidates, int[] tiers, double[] weights)
            implements Assessment {

        @Override
        public List<Candidate> order(RandomGenerator random) {
            if (tiers.length < 2) {
                return candidates;
            }
            var ranking = new Ranking(tiers.length);
            for (int i = 0; i < tiers.length; i++) {
                ranking.add(candidates.get(i), tiers[i], random.nextExponential() / rate(i));
            }
            return ranking.order();
        }

        @Override
        public List<Opinion> opinions() {
            int first = Arrays.stream(tiers).min().orElse(0);
            double all = 0;
            for (int i = 0; i < tiers.length; i++) {
                all += tiers[i] == first ? rate(i) : 0;
            }
            List<Opinion> opinions = new ArrayList<>(tiers.length);
            for (int i = 0; i < tiers.length; i++) {
                double chance = tiers[i] == first ? rate(i) / all : 0;
                opinions.add(
                        new Opinion(
                                candidates.get(i),
                                WORDS.get(tiers[i]),
                                tiers[i],
                                weights[i],
                                chance));
            }
            return opinions;
        }

        private double rate(int i) {
            return weights[i] > 0 ? weights[i] : 1;
        }
    }

    private static int tier(Candidate candidate, double weight, FleetView fleet) {
        if (fleet.cooledDown(candidate.deploymentId())) {
            return COOLED_DOWN;
        }
        return weight > 0 ? WEIGHED : WEIGHTLESS;
    }

    private static ToDoubleFunction<Candidate> shareOf(List<Candidate> candidates) {
        if (anyHas(candidates, SimpleShuffle::weight)) {
            return SimpleShuffle::weight;
        }
        if (anyHas(candidates, Candidate::rpm)) {
            return Candidate::rpm;
        }
        return anyHas(candidates, Candidate::tpm) ? Candidate::tpm : _ -> 1;
    }

    private static double weight(Candidate candidate) {
        return Double.isNaN(candidate.weight()) ? -1 : candidate.weight();
    }

    private static boolean anyHas(List<Candidate> candidates, ToDoubleFunction<Candidate> share) {
        for (int i = 0; i < candidates.size(); i++) {
            if (share.applyAsDouble(candidates.get(i)) >= 0) {
                return true;
            }
        }
        return false;
    }
}

package dev.sluice.ingress.routing;

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

    @Override
    public List<Candidate> order(
            List<Candidate> candidates,
            FleetView fleet,
            RequestTraits traits,
            RandomGenerator random) {
        int size = candidates.size();
        if (size < 2) {
            return candidates;
        }
        ToDoubleFunction<Candidate> share = shareOf(candidates);
        var ranking = new Ranking(size);
        for (int i = 0; i < size; i++) {
            Candidate candidate = candidates.get(i);
            double weight = share.applyAsDouble(candidate);
            double time = random.nextExponential();
            ranking.add(
                    candidate, tier(candidate, weight, fleet), weight > 0 ? time / weight : time);
        }
        return ranking.order();
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

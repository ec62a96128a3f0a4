package dev.sluice.ingress.routing;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.events.DeploymentState;
import dev.sluice.schemas.events.DeploymentState.Latency;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Where the answer is expected soonest, by what is seen while calls are open.
 *
 * <p>The score of a deployment is the time that it should take for this request: to the first token
 * of a prompt of that size, or longer by as much as the oldest call waits beyond its time, or as
 * more calls wait than usual. To that come the expected tokens of the answer and what failures
 * cost. Of a few drawn at random the best is taken: the best of all, that all gateways run to,
 * would not be the best for long. A deployment without history, or not heard of for a while, gets
 * one call at a time. A request that begins as an earlier one goes where that went, if that is not
 * worse by more than a margin.
 */
public final class Adaptive implements RoutingStrategy {

    private static final int USABLE = 0;
    private static final int BEING_EXPLORED = 1;
    private static final int OVER_LIMIT = 2;
    private static final int COOLED_DOWN = 3;

    private static final double MICROS_A_SECOND = 1e6;
    private static final double LOCAL_WORD_SECONDS = 5;
    private static final double SAMPLES_MIN = 1;

    /** Where few calls come, one not heard of for so many times as long is asked without chance. */
    private static final double OVERDUE = 20;

    private static final int BYTES_A_TOKEN = 4;

    private final Tuning tuning;

    /**
     * What may be weighed differently.
     *
     * @param drawn how many are drawn at random, of which the best is taken
     * @param decodeWeight what a second of writing the answer counts beside one before its first
     *     token, in streams: they are read while they are written
     * @param exploring share of calls that go to a deployment not heard of for a while
     * @param quietSeconds how long that is for one as good as the best; for a worse one longer
     * @param failureSeconds what a failure costs
     * @param affinityMargin how much worse than the best a deployment may be that has read the
     *     beginning of the prompt before
     * @param priceWeight how much a deployment twice as dear as the cheapest is worse than it: 1 is
     *     twice as bad, 0 is not at all
     */
    public record Tuning(
            int drawn,
            double decodeWeight,
            double exploring,
            double quietSeconds,
            double failureSeconds,
            double affinityMargin,
            double priceWeight) {

        /** What the laboratory found to do well in all scenarios. */
        public static final Tuning DEFAULTS = new Tuning(3, 0.2, 0.01, 3, 10, 1.6, 0);
    }

    /** An adaptive strategy. */
    public Adaptive(Tuning tuning) {
        this.tuning = requireNonNull(tuning, "tuning is null");
    }

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
        var prospects = new Prospect[size];
        double cheapest = cheapest(candidates, traits);
        for (int i = 0; i < size; i++) {
            prospects[i] = prospect(candidates.get(i), fleet, traits, cheapest);
        }
        int first = first(prospects, fleet, traits, random);
        var ranking = new Ranking(size);
        for (int i = 0; i < size; i++) {
            Prospect prospect = prospects[i];
            ranking.add(prospect.candidate, i == first ? -1 : prospect.tier, prospect.score);
        }
        return ranking.order();
    }

    private int first(
            Prospect[] prospects, FleetView fleet, RequestTraits traits, RandomGenerator random) {
        int unexplored = drawn(prospects, Prospect::isUnexplored, random);
        if (unexplored >= 0) {
            return unexplored;
        }
        int quiet = quiet(prospects, fleet, random);
        if (quiet >= 0) {
            return quiet;
        }
        int tier = Integer.MAX_VALUE;
        for (Prospect prospect : prospects) {
            tier = Math.min(tier, prospect.tier);
        }
        int best = bestDrawn(prospects, tier, random);
        int familiar = traits.affinity() == 0 ? -1 : familiar(prospects, tier, traits.affinity());
        return familiar >= 0
                        && prospects[familiar].score
                                <= prospects[best].score * tuning.affinityMargin
                ? familiar
                : best;
    }

    /** One not heard of for so long that it may have changed; -1 for none. */
    private int quiet(Prospect[] prospects, FleetView fleet, RandomGenerator random) {
        double best = Double.POSITIVE_INFINITY;
        for (Prospect prospect : prospects) {
            best = prospect.tier == USABLE ? Math.min(best, prospect.score) : best;
        }
        boolean isExploring = random.nextDouble() < tuning.exploring;
        double seconds = isExploring ? tuning.quietSeconds : OVERDUE * tuning.quietSeconds;
        double aMicro = seconds / best;
        return drawn(
                prospects, prospect -> prospect.isQuiet(aMicro * prospect.score, fleet), random);
    }

    /** The best of some of a tier, drawn without putting back; ties go to the first drawn. */
    private int bestDrawn(Prospect[] prospects, int tier, RandomGenerator random) {
        int best = -1;
        long drawn = 0;
        int left = tuning.drawn;
        for (int tries = 0; tries < 8 * tuning.drawn && left > 0; tries++) {
            int at = random.nextInt(prospects.length);
            boolean isAnother = at >= Long.SIZE || (drawn & 1L << at) == 0;
            if (prospects[at].tier == tier && isAnother) {
                drawn |= at < Long.SIZE ? 1L << at : 0;
                left--;
                best = best < 0 || prospects[at].score < prospects[best].score ? at : best;
            }
        }
        for (int at = 0; best < 0; at++) {
            best = prospects[at].tier == tier ? at : -1;
        }
        return best;
    }

    /** Rendezvous hashing: each request has its own order of all deployments. */
    private static int familiar(Prospect[] prospects, int tier, long affinity) {
        int highest = -1;
        long highestHash = 0;
        for (int at = 0; at < prospects.length; at++) {
            if (prospects[at].tier == tier) {
                long hash =
                        mixed(affinity ^ mixed(prospects[at].candidate.deploymentId().hashCode()));
                if (highest < 0 || hash > highestHash) {
                    highest = at;
                    highestHash = hash;
                }
            }
        }
        return highest;
    }

    /** The finalizer of SplitMix64. */
    private static long mixed(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }

    private interface Test {
        boolean holds(Prospect prospect);
    }

    private static int drawn(Prospect[] prospects, Test test, RandomGenerator random) {
        int found = -1;
        int count = 0;
        for (int at = 0; at < prospects.length; at++) {
            if (test.holds(prospects[at])) {
                count++;
                if (count == 1 || random.nextInt(count) == 0) {
                    found = at;
                }
            }
        }
        return found;
    }

    private Prospect prospect(
            Candidate candidate, FleetView fleet, RequestTraits traits, double cheapest) {
        String id = candidate.deploymentId();
        Sight sight = fleet.sight(id);
        if (fleet.cooledDown(id)) {
            return new Prospect(candidate, sight, COOLED_DOWN, 0);
        }
        if (sight.rateUsed() >= 1 || MinuteLimits.isOver(candidate, fleet, traits)) {
            return new Prospect(candidate, sight, OVER_LIMIT, sight.rateUsed());
        }
        double expected = sight.expectedMicros(traits.stream(), traits.promptBucket());
        // Who has seen something lately knows better than the fleet.
        boolean isTold =
                Double.isNaN(expected)
                        || (sight.waiting() == 0 && sight.quietSeconds() > LOCAL_WORD_SECONDS);
        @Nullable DeploymentState state = isTold ? fleet.state(id) : null;
        double micros = micros(expected, sight, state, traits);
        if (Double.isNaN(micros)) {
            return new Prospect(candidate, sight, BEING_EXPLORED, sight.waiting());
        }
        double score = micros + failureMicros(sight, state);
        if (tuning.priceWeight > 0 && cheapest > 0) {
            double price = price(candidate, traits);
            score *= 1 + tuning.priceWeight * Math.max(0, price / cheapest - 1);
        }
        return new Prospect(candidate, sight, USABLE, score);
    }

    private double micros(
            double seen, Sight sight, @Nullable DeploymentState state, RequestTraits traits) {
        double expected = seen;
        double interToken = sight.interTokenMicros();
        if (state != null) {
            Latency told = told(state, traits);
            expected = told.isKnown() ? told.ewmaMicros() : seen;
            interToken = Double.isNaN(interToken) ? state.interToken().ewmaMicros() : interToken;
        }
        return traits.stream() && !Double.isNaN(interToken)
                ? expected + tuning.decodeWeight * traits.expectedOutputTokens() * interToken
                : expected;
    }

    private static Latency told(DeploymentState state, RequestTraits traits) {
        if (!traits.stream()) {
            return state.total();
        }
        Latency ofSize = state.ttftMicros().get(traits.promptBucket());
        return ofSize != null && ofSize.samples() >= SAMPLES_MIN ? ofSize : state.ttft();
    }

    private double failureMicros(Sight sight, @Nullable DeploymentState state) {
        double share = sight.failureShare();
        if (state != null) {
            share = Math.max(share, state.errorRate());
        }
        return tuning.failureSeconds * MICROS_A_SECOND * share / (1.001 - share);
    }

    private static double cheapest(List<Candidate> candidates, RequestTraits traits) {
        double cheapest = Double.POSITIVE_INFINITY;
        for (int i = 0; i < candidates.size(); i++) {
            double price = price(candidates.get(i), traits);
            cheapest = price < cheapest ? price : cheapest;
        }
        return cheapest;
    }

    private static double price(Candidate candidate, RequestTraits traits) {
        return candidate.inputPrice() * traits.promptBytes() / BYTES_A_TOKEN
                + candidate.outputPrice() * traits.expectedOutputTokens();
    }

    /**
     * One candidate with what is known of it.
     *
     * @param score microseconds, or what else orders its tier
     */
    private record Prospect(Candidate candidate, Sight sight, int tier, double score) {

        boolean isQuiet(double seconds, FleetView fleet) {
            if (tier != USABLE || sight.waiting() > 0) {
                return false;
            }
            double quiet = sight.quietSeconds();
            return quiet > seconds
                    && Double.isFinite(quiet)
                    && fleet.inFlightElsewhere(candidate.deploymentId()) == 0;
        }

        boolean isUnexplored() {
            return tier == BEING_EXPLORED && sight.waiting() == 0;
        }
    }
}

package dev.sluice.ingress.routing;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.routing.Prospects.Prospect;
import dev.sluice.schemas.events.DeploymentState;
import dev.sluice.schemas.events.DeploymentState.Latency;

import org.jspecify.annotations.Nullable;

import java.util.List;

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

    private static final double MICROS_A_SECOND = 1e6;
    private static final double LOCAL_WORD_SECONDS = 5;
    private static final double SAMPLES_MIN = 1;

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

        /** The same with another weight of the price. */
        public Tuning withPriceWeight(double weight) {
            return new Tuning(
                    drawn,
                    decodeWeight,
                    exploring,
                    quietSeconds,
                    failureSeconds,
                    affinityMargin,
                    weight);
        }
    }

    /** An adaptive strategy. */
    public Adaptive(Tuning tuning) {
        this.tuning = requireNonNull(tuning, "tuning is null");
    }

    @Override
    public String name() {
        return "adaptive";
    }

    @Override
    public String measure() {
        return "microseconds";
    }

    @Override
    public Assessment assess(List<Candidate> candidates, FleetView fleet, RequestTraits traits) {
        var prospects = new Prospect[candidates.size()];
        PriceRange prices =
                tuning.priceWeight > 0 ? PriceRange.of(candidates, traits) : PriceRange.UNHEEDED;
        for (int i = 0; i < prospects.length; i++) {
            prospects[i] = prospect(candidates.get(i), fleet, traits, prices);
        }
        return new Prospects(tuning, prospects, traits.affinity());
    }

    private Prospect prospect(
            Candidate candidate, FleetView fleet, RequestTraits traits, PriceRange prices) {
        String id = candidate.deploymentId();
        Sight sight = fleet.sight(id);
        if (fleet.cooledDown(id)) {
            return new Prospect(candidate, Prospects.COOLED_DOWN, 0, 0);
        }
        if (sight.rateUsed() >= 1 || MinuteLimits.isOver(candidate, fleet, traits)) {
            return new Prospect(candidate, Prospects.OVER_LIMIT, sight.rateUsed(), 0);
        }
        double expected = sight.expectedMicros(traits.stream(), traits.promptBucket());
        // Who has seen something lately knows better than the fleet.
        int waiting = sight.waiting();
        double quietSeconds = waiting > 0 ? 0 : sight.quietSeconds();
        boolean isTold =
                Double.isNaN(expected) || !sight.isHeardOf() || quietSeconds > LOCAL_WORD_SECONDS;
        @Nullable DeploymentState state = isTold ? fleet.state(id) : null;
        double micros = micros(expected, sight, state, traits);
        if (Double.isNaN(micros)) {
            return new Prospect(candidate, Prospects.BEING_EXPLORED, waiting, 0);
        }
        double score = micros + failureMicros(sight, state);
        score *= 1 + tuning.priceWeight * prices.excess(candidate, traits);
        return usable(candidate, fleet, quietSeconds, score);
    }

    private double micros(
            double seen, Sight sight, @Nullable DeploymentState state, RequestTraits traits) {
        double expected = seen;
        double interToken = sight.interTokenMicros();
        if (state != null) {
            double told = toldMicros(sight, state, traits);
            // Own calls that wait say at least as much.
            boolean isBlind = Double.isNaN(seen) || sight.waiting() == 0;
            expected = Double.isNaN(told) ? seen : isBlind ? told : Math.max(told, seen);
            interToken = Double.isNaN(interToken) ? state.interToken().ewmaMicros() : interToken;
        }
        return traits.stream() && !Double.isNaN(interToken)
                ? expected + tuning.decodeWeight * traits.expectedOutputTokens() * interToken
                : expected;
    }

    /** NaN where the fleet has not seen it either. */
    private static double toldMicros(Sight sight, DeploymentState state, RequestTraits traits) {
        Latency told = told(state, traits);
        return told.isKnown() ? told.ewmaMicros() * sight.fleetSlowness() : Double.NaN;
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

    private Prospect usable(
            Candidate candidate, FleetView fleet, double quietSeconds, double score) {
        boolean mayBeQuiet = quietSeconds > tuning.quietSeconds && Double.isFinite(quietSeconds);
        boolean isQuiet = mayBeQuiet && fleet.inFlightElsewhere(candidate.deploymentId()) == 0;
        return new Prospect(candidate, Prospects.USABLE, score, isQuiet ? quietSeconds : 0);
    }
}

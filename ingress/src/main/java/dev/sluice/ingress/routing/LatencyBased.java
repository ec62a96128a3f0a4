package dev.sluice.ingress.routing;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.events.DeploymentState;
import dev.sluice.schemas.events.DeploymentState.Latency;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The fastest first, by time to first token for streams and by total time for plain calls.
 *
 * <p>Those nearly as fast as the fastest share its traffic evenly: without that, every gateway
 * would pick the same winner at once, overload it, and move on together to the next. A failure
 * counts as slowness, and whatever fails as often as it succeeds comes after all that work, so that
 * failing fast never looks fast. A deployment without history is tried before all others, but by
 * one call of this ingress at a time, until it has shown how fast it is.
 *
 * <p>Times are the fleet's. Where it has said nothing for ten seconds, as when nobody puts the
 * fleet's figures together, what this ingress saw itself since then counts instead. Failures count
 * as the fleet or this ingress saw them, whichever saw more.
 */
public final class LatencyBased implements RoutingStrategy {

    private static final int UNEXPLORED = 0;
    private static final int NEARLY_FASTEST = 1;
    private static final int SLOWER = 2;
    private static final int BEING_EXPLORED = 3;
    private static final int FAILING = 4;
    private static final int COOLED_DOWN = 5;
    private static final List<String> WORDS =
            List.of(
                    "unexplored",
                    "nearly_fastest",
                    "slower",
                    "being_explored",
                    "failing",
                    "cooled_down");

    /** What a failure to be expected before a success costs, in calls. */
    private static final double CALLS_A_FAILURE_COSTS = 10;

    private static final double FAILING_RATE = 0.5;

    /** Less than this of a prompt size's history, and all sizes together tell more. */
    private static final double SAMPLES_MIN = 1;

    /** A word of the fleet that is older may have been overtaken. */
    private static final double OLD_SECONDS = 10;

    /** Nothing is judged for ever by what it was: what was seen before counts as not seen. */
    private static final double FORGOTTEN_SECONDS = 120;

    private final double thresholdMicros;
    private final double buffer;

    /**
     * The wider of both bounds decides who shares the traffic.
     *
     * @param threshold how much slower than the fastest is as good as the fastest
     * @param buffer the same as a share of the fastest one's time: 0.1 is ten per cent
     */
    public LatencyBased(Duration threshold, double buffer) {
        requireNonNull(threshold, "threshold is null");
        if (threshold.isNegative() || !(buffer >= 0)) {
            throw new IllegalArgumentException("threshold and buffer must not be negative");
        }
        this.thresholdMicros = threshold.toNanos() / 1e3;
        this.buffer = buffer;
    }

    @Override
    public String name() {
        return "latency-based-routing";
    }

    @Override
    public String measure() {
        return "microseconds_with_failures";
    }

    @Override
    public Assessment assess(List<Candidate> candidates, FleetView fleet, RequestTraits traits) {
        var prospects = new Prospect[candidates.size()];
        for (int i = 0; i < prospects.length; i++) {
            prospects[i] = prospect(candidates.get(i), fleet, traits);
        }
        double limit = sharingLimit(prospects);
        for (int i = 0; i < prospects.length; i++) {
            prospects[i] = prospects[i].beside(limit);
        }
        return new Prospects(candidates, prospects);
    }

    /** Within a tier in any order, except for the slower ones. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Prospects(List<Candidate> candidates, Prospect[] prospects)
            implements Assessment {

        @Override
        public List<Candidate> order(RandomGenerator random) {
            if (prospects.length < 2) {
                return candidates;
            }
            var ranking = new Ranking(prospects.length);
            for (Prospect prospect : prospects) {
                ranking.add(
                        prospect.candidate,
                        prospect.tier,
                        prospect.tier == SLOWER ? prospect.micros : random.nextDouble());
            }
            return ranking.order();
        }

        @Override
        public List<Opinion> opinions() {
            int first = Integer.MAX_VALUE;
            int equals = 0;
            for (Prospect prospect : prospects) {
                equals = prospect.tier < first ? 1 : equals + (prospect.tier == first ? 1 : 0);
                first = Math.min(first, prospect.tier);
            }
            List<Opinion> opinions = new ArrayList<>(prospects.length);
            for (Prospect prospect : prospects) {
                opinions.add(
                        new Opinion(
                                prospect.candidate,
                                WORDS.get(prospect.tier),
                                prospect.tier,
                                prospect.micros,
                                prospect.tier == first ? 1.0 / equals : 0));
            }
            return opinions;
        }
    }

    private double sharingLimit(Prospect[] prospects) {
        double fastest = Double.POSITIVE_INFINITY;
        for (Prospect prospect : prospects) {
            if (prospect.tier == NEARLY_FASTEST && prospect.micros < fastest) {
                fastest = prospect.micros;
            }
        }
        return fastest + Math.max(thresholdMicros, buffer * fastest);
    }

    private static Prospect prospect(Candidate candidate, FleetView fleet, RequestTraits traits) {
        String id = candidate.deploymentId();
        if (fleet.cooledDown(id)) {
            return new Prospect(candidate, COOLED_DOWN, 0);
        }
        @Nullable DeploymentState state = fleet.state(id);
        Sight sight = fleet.sight(id);
        double errorRate = Math.max(state == null ? 0 : state.errorRate(), sight.failureShare());
        if (errorRate >= FAILING_RATE) {
            return new Prospect(candidate, FAILING, 0);
        }
        Latency told = state == null ? Latency.UNKNOWN : latency(state, traits);
        double micros = micros(told, fleet.stateAgeSeconds(id), sight, traits);
        if (Double.isNaN(micros)) {
            int tier = fleet.inFlightHere(id) > 0 ? BEING_EXPLORED : UNEXPLORED;
            return new Prospect(candidate, tier, 0);
        }
        double failuresBeforeSuccess = errorRate / (1 - errorRate);
        return new Prospect(
                candidate,
                NEARLY_FASTEST,
                micros * (1 + CALLS_A_FAILURE_COSTS * failuresBeforeSuccess));
    }

    /** By whoever heard of it last, the fleet first; NaN where nobody has. */
    private static double micros(
            Latency told, double ageSeconds, Sight sight, RequestTraits traits) {
        double quiet = sight.quietSeconds();
        boolean isOvertaken = ageSeconds > OLD_SECONDS && quiet < ageSeconds;
        double seen =
                quiet < FORGOTTEN_SECONDS && (isOvertaken || !told.isKnown())
                        ? sight.ttftMicros(traits.stream(), traits.promptBucket())
                        : Double.NaN;
        return Double.isNaN(seen) && told.isKnown() ? told.ewmaMicros() : seen;
    }

    private static Latency latency(DeploymentState state, RequestTraits traits) {
        if (!traits.stream()) {
            return state.total();
        }
        Latency ofSize = state.ttftMicros().get(traits.promptBucket());
        return ofSize != null && ofSize.samples() >= SAMPLES_MIN ? ofSize : state.ttft();
    }

    /**
     * One candidate with what is known of it.
     *
     * @param tier {@link #NEARLY_FASTEST} for all whose time is known, until it is held against the
     *     limit
     * @param micros its time with failures charged, 0 where it plays no part
     */
    private record Prospect(Candidate candidate, int tier, double micros) {

        Prospect beside(double limit) {
            return tier == NEARLY_FASTEST && micros > limit
                    ? new Prospect(candidate, SLOWER, micros)
                    : this;
        }
    }
}

package dev.sluice.ingress.routing;

import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Fewest tokens of the present minute first. Who is over its {@code rpm} or {@code tpm} is left
 * out, also if nobody remains: then the call is refused. Cooled-down ones come last.
 */
public final class UsageBased implements RoutingStrategy {

    private static final int USABLE = 0;
    private static final int COOLED_DOWN = 1;

    private final boolean randomTies;

    private UsageBased(boolean randomTies) {
        this.randomTies = randomTies;
    }

    /** {@code usage-based-routing}: of equals, the first of the file. */
    public static UsageBased legacy() {
        return new UsageBased(false);
    }

    /** {@code usage-based-routing-v2}: of equals, any. */
    public static UsageBased v2() {
        return new UsageBased(true);
    }

    @Override
    public List<Candidate> order(
            List<Candidate> candidates,
            FleetView fleet,
            RequestTraits traits,
            RandomGenerator random) {
        var ranking = new Ranking(candidates.size());
        for (int i = 0; i < candidates.size(); i++) {
            Candidate candidate = candidates.get(i);
            if (!MinuteLimits.isOver(candidate, fleet, traits)) {
                String id = candidate.deploymentId();
                double tie = randomTies ? random.nextDouble() : 0;
                ranking.add(
                        candidate,
                        fleet.cooledDown(id) ? COOLED_DOWN : USABLE,
                        fleet.tokensThisMinute(id) + tie);
            }
        }
        return ranking.order();
    }
}

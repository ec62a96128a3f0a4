package dev.sluice.ingress.routing;

import java.util.List;

/**
 * Fewest tokens of the present minute first. Who is over its {@code rpm} or {@code tpm} is left
 * out, also if nobody remains: then the call is refused. Cooled-down ones come last.
 */
public final class UsageBased implements RoutingStrategy {

    private static final int USABLE = 0;
    private static final int COOLED_DOWN = 1;
    private static final List<String> WORDS = List.of("usable", "cooled_down", "over_limit");

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
    public String name() {
        return randomTies ? "usage-based-routing-v2" : "usage-based-routing";
    }

    @Override
    public String measure() {
        return "tokens_of_this_minute";
    }

    @Override
    public Assessment assess(List<Candidate> candidates, FleetView fleet, RequestTraits traits) {
        var scores = new Scores(candidates, WORDS, randomTies);
        for (int i = 0; i < candidates.size(); i++) {
            Candidate candidate = candidates.get(i);
            String id = candidate.deploymentId();
            int tier =
                    MinuteLimits.isOver(candidate, fleet, traits)
                            ? Scores.LEFT_OUT
                            : fleet.cooledDown(id) ? COOLED_DOWN : USABLE;
            scores.add(tier, (double) fleet.tokensThisMinute(id));
        }
        return scores;
    }
}

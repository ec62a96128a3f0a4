package dev.sluice.ingress.routing;

import java.util.List;

/**
 * Fewest open calls first, over all ingresses: those of this one as they are now, those of the
 * others as they last told. Equals in random order; cooled-down ones last.
 */
public final class LeastBusy implements RoutingStrategy {

    private static final int USABLE = 0;
    private static final int COOLED_DOWN = 1;
    private static final List<String> WORDS = List.of("usable", "cooled_down");

    @Override
    public String name() {
        return "least-busy";
    }

    @Override
    public String measure() {
        return "open_calls";
    }

    @Override
    public Assessment assess(List<Candidate> candidates, FleetView fleet, RequestTraits traits) {
        var scores = new Scores(candidates, WORDS, /* randomTies= */ true);
        for (int i = 0; i < candidates.size(); i++) {
            String id = candidates.get(i).deploymentId();
            double open = (double) fleet.inFlightHere(id) + fleet.inFlightElsewhere(id);
            scores.add(fleet.cooledDown(id) ? COOLED_DOWN : USABLE, open);
        }
        return scores;
    }
}

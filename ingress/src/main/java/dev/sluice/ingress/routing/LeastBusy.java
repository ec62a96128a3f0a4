package dev.sluice.ingress.routing;

import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Fewest open calls first, over all ingresses: those of this one as they are now, those of the
 * others as they last told. Equals in random order; cooled-down ones last.
 */
public final class LeastBusy implements RoutingStrategy {

    private static final int USABLE = 0;
    private static final int COOLED_DOWN = 1;

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
        var ranking = new Ranking(size);
        for (int i = 0; i < size; i++) {
            Candidate candidate = candidates.get(i);
            String id = candidate.deploymentId();
            // Below 1: it decides among equals and nowhere else.
            double open =
                    (double) fleet.inFlightHere(id)
                            + fleet.inFlightElsewhere(id)
                            + random.nextDouble();
            ranking.add(candidate, fleet.cooledDown(id) ? COOLED_DOWN : USABLE, open);
        }
        return ranking.order();
    }
}

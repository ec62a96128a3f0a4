package dev.sluice.ingress.routing;

import java.util.List;
import java.util.random.RandomGenerator;

/** Decides which deployments of a model group a request tries, and in which order. */
public interface RoutingStrategy {

    /** The name by which the config asks for it. */
    String name();

    /** What its scores measure. */
    String measure();

    /**
     * Looks at the candidates as they are now.
     *
     * @param candidates the deployments of the group, each once; never changed
     */
    Assessment assess(List<Candidate> candidates, FleetView fleet, RequestTraits traits);

    /**
     * The order in which to try: the first gets the request, the others are for retries.
     *
     * @param candidates the deployments of the group, each once; never changed
     * @return those to try; what is not in it is not tried. Not to be changed by the caller
     */
    default List<Candidate> order(
            List<Candidate> candidates,
            FleetView fleet,
            RequestTraits traits,
            RandomGenerator random) {
        return assess(candidates, fleet, traits).order(random);
    }
}

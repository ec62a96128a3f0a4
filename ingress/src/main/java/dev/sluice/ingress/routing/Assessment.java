package dev.sluice.ingress.routing;

import java.util.List;
import java.util.random.RandomGenerator;

/**
 * What a strategy thinks of the candidates for one request, taken at one moment. The order follows
 * from it and from chance alone: what is told of it is what decides.
 */
public interface Assessment {

    /**
     * The order in which to try: the first gets the request, the others are for retries.
     *
     * @return those to try; what is not in it is not tried. Not to be changed by the caller
     */
    List<Candidate> order(RandomGenerator random);

    /** What is thought of each candidate, in the order in which they came. */
    List<Opinion> opinions();

    /**
     * What is thought of one candidate.
     *
     * @param standing a word for how it stands beside the others
     * @param tier by which it is tried: lower ones first; -1 where it is not tried
     * @param score what orders its tier, lower is better; what it measures is the strategy's to say
     * @param chance how likely it is the first of the order, 0 to 1
     */
    record Opinion(Candidate candidate, String standing, int tier, double score, double chance) {}
}

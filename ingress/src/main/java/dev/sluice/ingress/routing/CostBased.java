package dev.sluice.ingress.routing;

import java.util.List;

/**
 * The cheapest first, by the price of a token read and one written. One without a known price comes
 * after all that have one, one over its requests or tokens of this minute after these, cooled-down
 * ones last. Equals stay as the file has them.
 */
public final class CostBased implements RoutingStrategy {

    /** LiteLLM's: five dollars for a token, which no model costs. */
    private static final double UNKNOWN_PRICE = 5e12;

    private static final int USABLE = 0;
    private static final int OVER_LIMIT = 1;
    private static final int COOLED_DOWN = 2;
    private static final List<String> WORDS = List.of("usable", "over_limit", "cooled_down");

    @Override
    public String name() {
        return "cost-based-routing";
    }

    @Override
    public String measure() {
        return "picodollars_of_a_token_read_and_one_written";
    }

    @Override
    public Assessment assess(List<Candidate> candidates, FleetView fleet, RequestTraits traits) {
        var scores = new Scores(candidates, WORDS, /* randomTies= */ false);
        for (int i = 0; i < candidates.size(); i++) {
            Candidate candidate = candidates.get(i);
            int tier =
                    fleet.cooledDown(candidate.deploymentId())
                            ? COOLED_DOWN
                            : MinuteLimits.isOver(candidate, fleet, traits) ? OVER_LIMIT : USABLE;
            scores.add(tier, price(candidate.inputPrice()) + price(candidate.outputPrice()));
        }
        return scores;
    }

    private static double price(double pico) {
        return Double.isNaN(pico) ? UNKNOWN_PRICE : pico;
    }
}

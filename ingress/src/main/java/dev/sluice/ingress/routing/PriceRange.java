package dev.sluice.ingress.routing;

import java.util.List;

/**
 * What a request costs at the cheapest and at the dearest of some deployments. Who has no known
 * price is as dear as the dearest.
 */
record PriceRange(double cheapest, double dearest) {

    /** Of who does not look at prices, or where none is known. */
    static final PriceRange UNHEEDED = new PriceRange(0, 0);

    private static final int BYTES_A_TOKEN = 4;

    /** What is free counts as so much of the dearest: no price is infinitely better. */
    private static final double LEAST_SHARE = 0.01;

    static PriceRange of(List<Candidate> candidates, RequestTraits traits) {
        double cheapest = Double.POSITIVE_INFINITY;
        double dearest = 0;
        for (int i = 0; i < candidates.size(); i++) {
            double price = price(candidates.get(i), traits);
            cheapest = price < cheapest ? price : cheapest;
            dearest = price > dearest ? price : dearest;
        }
        return dearest == 0
                ? UNHEEDED
                : new PriceRange(Math.max(cheapest, LEAST_SHARE * dearest), dearest);
    }

    /** How many times the cheapest price it is dearer: 0 is as cheap, 1 is twice as dear. */
    double excess(Candidate candidate, RequestTraits traits) {
        if (dearest == 0) {
            return 0;
        }
        double price = price(candidate, traits);
        return Math.max(0, (Double.isNaN(price) ? dearest : price) / cheapest - 1);
    }

    private static double price(Candidate candidate, RequestTraits traits) {
        return candidate.inputPrice() * traits.promptBytes() / BYTES_A_TOKEN
                + candidate.outputPrice() * traits.expectedOutputTokens();
    }
}

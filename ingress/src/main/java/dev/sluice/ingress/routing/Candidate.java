package dev.sluice.ingress.routing;

import static java.util.Objects.requireNonNull;

/**
 * One upstream of a model group, as routing sees it.
 *
 * @param weight relative share of the traffic, NaN where the config gives none
 * @param rpm requests a minute that it may get, -1 where the config gives none
 * @param tpm tokens a minute that it may get, -1 where the config gives none
 * @param inputPrice picodollars a token read, NaN where no price is known
 * @param outputPrice picodollars a token written, NaN where no price is known
 */
public record Candidate(
        String deploymentId,
        double weight,
        long rpm,
        long tpm,
        double inputPrice,
        double outputPrice) {

    public Candidate {
        requireNonNull(deploymentId, "deploymentId is null");
    }

    /** A candidate without a price. */
    public Candidate(String deploymentId, double weight, long rpm, long tpm) {
        this(deploymentId, weight, rpm, tpm, Double.NaN, Double.NaN);
    }

    /** A candidate of which the config says nothing but that it exists. */
    public static Candidate of(String deploymentId) {
        return new Candidate(deploymentId, Double.NaN, -1, -1);
    }
}

package dev.sluice.ingress.routing;

import static java.util.Objects.requireNonNull;

/**
 * One upstream of a model group, as routing sees it.
 *
 * @param weight relative share of the traffic, NaN where the config gives none
 * @param rpm requests a minute that it may get, -1 where the config gives none
 * @param tpm tokens a minute that it may get, -1 where the config gives none
 */
public record Candidate(String deploymentId, double weight, long rpm, long tpm) {

    public Candidate {
        requireNonNull(deploymentId, "deploymentId is null");
    }

    /** A candidate of which the config says nothing but that it exists. */
    public static Candidate of(String deploymentId) {
        return new Candidate(deploymentId, Double.NaN, -1, -1);
    }
}

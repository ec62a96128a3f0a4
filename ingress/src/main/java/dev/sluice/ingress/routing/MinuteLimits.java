package dev.sluice.ingress.routing;

/** A deployment's configured requests and tokens a minute. */
final class MinuteLimits {

    private static final int BYTES_A_TOKEN = 4;

    private MinuteLimits() {}

    /** Whether this request would be one too many in the present minute. */
    static boolean isOver(Candidate candidate, FleetView fleet, RequestTraits traits) {
        String id = candidate.deploymentId();
        if (candidate.rpm() >= 0 && fleet.requestsThisMinute(id) + 1 > candidate.rpm()) {
            return true;
        }
        return candidate.tpm() >= 0
                && fleet.tokensThisMinute(id) + traits.promptBytes() / BYTES_A_TOKEN
                        > candidate.tpm();
    }
}

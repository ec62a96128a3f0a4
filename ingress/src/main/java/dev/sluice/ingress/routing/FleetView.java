package dev.sluice.ingress.routing;

import dev.sluice.schemas.events.DeploymentState;

import org.jspecify.annotations.Nullable;

/** What this ingress knows of the deployments while it decides. Reading it costs no lock. */
public interface FleetView {

    /** The fleet's figures of a deployment, null where nothing fresh is known. */
    @Nullable DeploymentState state(String deploymentId);

    /**
     * Seconds since the newest attempt that the fleet's figures know of; infinite where there are
     * none.
     */
    double stateAgeSeconds(String deploymentId);

    /** Calls of this ingress that are open. */
    int inFlightHere(String deploymentId);

    /** Calls that are open at the other ingresses, as far as they have told in the last 10 s. */
    int inFlightElsewhere(String deploymentId);

    /** Whether a deployment should be left alone for now. */
    boolean cooledDown(String deploymentId);

    /** What this ingress sees of a deployment itself. */
    Sight sight(String deploymentId);

    /** Attempts that all ingresses, as far as they have told, began in the present minute. */
    long requestsThisMinute(String deploymentId);

    /** Tokens, read and written, of calls that ended in the present minute, likewise. */
    long tokensThisMinute(String deploymentId);
}

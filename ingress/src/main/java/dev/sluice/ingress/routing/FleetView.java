package dev.sluice.ingress.routing;

import dev.sluice.schemas.events.DeploymentState;

import org.jspecify.annotations.Nullable;

/** What this ingress knows of the deployments while it decides. Reading it costs no lock. */
public interface FleetView {

    /** The fleet's figures of a deployment, null where nothing fresh is known. */
    @Nullable DeploymentState state(String deploymentId);

    /** Calls of this ingress that are open. */
    int inFlightHere(String deploymentId);

    /** Whether a deployment should be left alone for now. */
    boolean cooledDown(String deploymentId);
}

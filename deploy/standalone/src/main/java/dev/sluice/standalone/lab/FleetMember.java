package dev.sluice.standalone.lab;

import dev.sluice.schemas.events.AttemptDelta;
import dev.sluice.schemas.events.DeploymentState;

import java.time.Instant;
import java.util.List;

/** A gateway that tells the others what it sees. */
interface FleetMember {

    /** What is new since the last call. */
    List<AttemptDelta> tell(Instant now);

    void hear(DeploymentState state);
}

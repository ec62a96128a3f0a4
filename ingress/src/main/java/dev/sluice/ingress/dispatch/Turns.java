package dev.sluice.ingress.dispatch;

import dev.sluice.ingress.routing.Candidate;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * The deployments of a group that a call may go to, in the order in which they are asked.
 *
 * @param order empty only where nobody may be asked
 * @param isLastResort whether all rest, and the one here is asked all the same
 * @param none why nobody may be asked, null where somebody may
 */
record Turns(List<Candidate> order, boolean isLastResort, @Nullable AttemptFailure none) {

    static Turns ofNobody(AttemptFailure why) {
        return new Turns(List.of(), false, why);
    }
}

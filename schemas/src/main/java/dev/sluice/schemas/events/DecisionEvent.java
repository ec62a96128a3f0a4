package dev.sluice.schemas.events;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/**
 * How one call was routed within one model group, and what came of it: enough to tell afterwards
 * what another policy would have done. Of some calls only, chosen by their ids.
 *
 * @param requestId of the call, as in spend events
 * @param decision 1 for the group that was asked for, counting on for each that stood in, and for
 *     what was decided anew after waiting
 * @param at when it was decided
 * @param ingressId the gateway that decided
 * @param region where that stands, null where nobody said
 * @param strategy the config's name of the strategy
 * @param measure what its scores are
 * @param stream whether the answer was wanted in events
 * @param promptBucket the power of two of the prompt's bytes
 * @param expectedTokens read and written, as far as can be told
 * @param sampleRate the share of calls that have such a record
 * @param lastResort whether all rested, and one was asked all the same
 * @param order in which they were to be tried
 * @param chosen who was asked first; null where nobody could be
 * @param attempts that were made in this group, in order; empty where nobody was asked
 */
public record DecisionEvent(
        String requestId,
        int decision,
        Instant at,
        String ingressId,
        @Nullable String region,
        String modelGroup,
        String strategy,
        String measure,
        boolean stream,
        int promptBucket,
        long expectedTokens,
        double sampleRate,
        boolean lastResort,
        List<Considered> candidates,
        List<String> order,
        @Nullable String chosen,
        List<Outcome> attempts) {

    public DecisionEvent {
        candidates = List.copyOf(candidates);
        order = List.copyOf(order);
        attempts = List.copyOf(attempts);
    }

    /**
     * One deployment of the group.
     *
     * @param leftOut by which rule it could not be asked; null where it could
     * @param restsUntil until when it is left alone, null where it is not
     * @param tier by order and distance, from 0; -1 where it was left out
     * @param standing the strategy's word for it
     * @param score lower is better; null where there is none
     * @param propensity how likely it came first in {@code order}, from 0 to 1
     * @param expectedTtftUs what the gateway expected, null where it knew nothing
     * @param inFlightHere calls that this gateway had open there
     * @param inFlightElsewhere those of other gateways, as far as they had told
     */
    public record Considered(
            String deploymentId,
            @Nullable String leftOut,
            @Nullable Instant restsUntil,
            int tier,
            @Nullable String standing,
            @Nullable Double score,
            double propensity,
            @Nullable Long expectedTtftUs,
            long inFlightHere,
            long inFlightElsewhere) {}

    /**
     * One attempt, as the books have it.
     *
     * @param attempt its number within the call
     * @param status {@code success}, {@code failure} or {@code cancelled}
     * @param ttftUs until the first content, null where none came
     * @param totalUs until its end
     */
    public record Outcome(
            String deploymentId,
            int attempt,
            String status,
            @Nullable String errorClass,
            @Nullable Long ttftUs,
            long totalUs) {}
}

package dev.sluice.ingress.candidates;

import dev.sluice.ingress.routing.Candidate;

import java.util.List;

/** Who may be asked. */
public sealed interface Choice {

    /**
     * These, in this order of tiers: the next one is for when all of a tier have failed.
     *
     * @param tiers none of them empty, at least one
     * @param isLastResort whether all rest, and the only one here is who has rested out first
     */
    record May(List<List<Candidate>> tiers, boolean isLastResort) implements Choice {

        public May {
            tiers = List.copyOf(tiers);
        }
    }

    /** Nobody. */
    record None(Why why) implements Choice {}

    /** Why nobody may be asked. */
    enum Why {
        /** No deployment has the request's tags, and none is for those without. */
        TAGS,
        /** The prompt is too long for all of them. */
        PROMPT_TOO_LONG,
        /** None can answer in JSON of a schema. */
        RESPONSE_FORMAT,
        /** None stands where the request may go. */
        REGION
    }
}

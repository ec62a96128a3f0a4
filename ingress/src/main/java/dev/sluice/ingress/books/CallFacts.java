package dev.sluice.ingress.books;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.admission.CallMeter;
import dev.sluice.ingress.auth.Caller;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.Units;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.UUID;

/**
 * What is known of a call before any attempt: enough to write it down.
 *
 * @param modelEndpoint null for a call that passes through as it is
 * @param callType LiteLLM's word for the route that was called
 * @param tags by which it is booked, and routed where tags choose
 * @param regions that the call may not leave, none for anywhere
 * @param wantsSchema whether its answer shall be JSON of a schema
 * @param promptBytes size of what the model is to read
 * @param size how large it is in tokens, for a provider that does not say it
 * @param meter what its attempts have used so far
 * @param asked what it will be paid for besides tokens, if nobody says better
 * @param known what of its answer was known before, null for nothing
 */
public record CallFacts(
        UUID requestId,
        Caller caller,
        @Nullable Endpoint modelEndpoint,
        String callType,
        String modelGroup,
        boolean stream,
        @Nullable String endUser,
        List<String> tags,
        List<String> regions,
        boolean wantsSchema,
        int promptBytes,
        CallSize size,
        CallMeter meter,
        Units asked,
        SpendEvent.@Nullable CacheUse known) {

    /** A call that passes through as it is: nobody knows what it asks for. */
    public static CallFacts passedThrough(
            UUID requestId, Caller caller, String group, CallMeter meter) {
        return new CallFacts(
                requestId,
                caller,
                null,
                "pass_through",
                group,
                false,
                null,
                caller.tags(List.of()),
                List.of(),
                false,
                0,
                CallSize.NOTHING,
                meter,
                Units.NONE,
                /* known= */ null);
    }

    /** The same call to the model group that stands in for the one that was asked for. */
    public CallFacts of(String standIn) {
        return new CallFacts(
                requestId,
                caller,
                modelEndpoint,
                callType,
                standIn,
                stream,
                endUser,
                tags,
                regions,
                wantsSchema,
                promptBytes,
                size,
                meter,
                asked,
                known);
    }

    /** The same call for what of its answer is not known. */
    public CallFacts asking(int bytes, CallSize less, SpendEvent.CacheUse rest) {
        return new CallFacts(
                requestId,
                caller,
                modelEndpoint,
                callType,
                modelGroup,
                stream,
                endUser,
                tags,
                regions,
                wantsSchema,
                bytes,
                less,
                meter,
                asked,
                rest);
    }

    /** Whom it is charged to. */
    public SpendEvent.Owner owner() {
        return caller.owner(endUser, tags);
    }

    /** Whether it passes through as it is: what its answer does not state has no price. */
    public boolean isPassedThrough() {
        return modelEndpoint == null;
    }

    /** The endpoint of a call that is understood. */
    public Endpoint endpoint() {
        return requireNonNull(modelEndpoint, "a call that passes through has no endpoint");
    }
}

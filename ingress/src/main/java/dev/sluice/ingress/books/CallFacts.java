package dev.sluice.ingress.books;

import dev.sluice.ingress.admission.CallMeter;
import dev.sluice.ingress.auth.Caller;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.schemas.events.Units;

import org.jspecify.annotations.Nullable;

import java.util.UUID;

/**
 * What is known of a call before any attempt: enough to write it down.
 *
 * @param callType LiteLLM's word for the route that was called
 * @param promptBytes size of what the model is to read
 * @param size how large it is in tokens, for a provider that does not say it
 * @param meter what its attempts have used so far
 * @param asked what it will be paid for besides tokens, if nobody says better
 */
public record CallFacts(
        UUID requestId,
        Caller caller,
        Endpoint endpoint,
        String callType,
        String modelGroup,
        boolean stream,
        @Nullable String endUser,
        int promptBytes,
        CallSize size,
        CallMeter meter,
        Units asked) {}

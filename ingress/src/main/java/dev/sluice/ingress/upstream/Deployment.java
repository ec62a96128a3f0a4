package dev.sluice.ingress.upstream;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.routing.Candidate;
import dev.sluice.metering.Price;
import dev.sluice.providers.openai.OutputCap;
import dev.sluice.providers.protocol.Protocol;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * One upstream that can serve a model group, with everything about it that does not change from
 * call to call.
 *
 * @param model the provider's own name of the model
 * @param apiBase where it is, without query and credentials, as answers show it
 * @param region where it stands, null where the config does not say it
 * @param bookedRegion what events say: where it stands, else where this gateway does
 * @param price null where no price is known: then events say so
 * @param cap on the length of answers, null for none
 * @param protocol how it is spoken to, with its addresses, headers and key
 * @param timeout of one attempt
 * @param streamTimeout until the first byte of a stream
 */
public record Deployment(
        Candidate candidate,
        String provider,
        String model,
        String apiBase,
        @Nullable String region,
        @Nullable String bookedRegion,
        @Nullable Price price,
        @Nullable OutputCap cap,
        Protocol protocol,
        Duration timeout,
        Duration streamTimeout) {

    public Deployment {
        requireNonNull(candidate, "candidate is null");
        requireNonNull(protocol, "protocol is null");
    }

    /** How long it may keep the caller of a stream, or of another answer, waiting. */
    public Duration timeout(boolean stream) {
        return stream ? streamTimeout : timeout;
    }

    /** The deployment's id in events, metrics and answers. */
    public String id() {
        return candidate.deploymentId();
    }
}

package dev.sluice.ingress.upstream;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.routing.Candidate;
import dev.sluice.metering.Price;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.OutputCap;
import dev.sluice.providers.transport.UpstreamTarget;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Map;

/**
 * One upstream that can serve a model group, with everything about it that does not change from
 * call to call.
 *
 * @param model the provider's own name of the model
 * @param modelJson that name as a JSON string, ready to be spliced into a body
 * @param apiBase where it is, without query and credentials, as answers show it
 * @param price null where no price is known: then events say so
 * @param cap on the length of answers, null for none
 * @param targets where each endpoint's requests go, headers and key included
 * @param timeout of one attempt
 * @param streamTimeout until the first byte of a stream
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Deployment(
        Candidate candidate,
        String provider,
        String model,
        byte[] modelJson,
        String apiBase,
        @Nullable String region,
        @Nullable Price price,
        @Nullable OutputCap cap,
        Map<Endpoint, UpstreamTarget> targets,
        Duration timeout,
        Duration streamTimeout) {

    public Deployment {
        requireNonNull(candidate, "candidate is null");
        targets = Map.copyOf(targets);
    }

    /** The deployment's id in events, metrics and answers. */
    public String id() {
        return candidate.deploymentId();
    }

    /** Where requests to an endpoint go. */
    public UpstreamTarget target(Endpoint endpoint) {
        return requireNonNull(targets.get(endpoint), "every endpoint has a target");
    }
}

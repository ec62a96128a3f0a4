package dev.sluice.ingress.candidates;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.routing.Candidate;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Set;

/**
 * A deployment of a group, with what the config says of who may come to it.
 *
 * @param order lower ones are asked first, 0 where the config says nothing
 * @param tags that requests are chosen by
 * @param maxInputTokens of a prompt, -1 where it is not known
 * @param takesSchema whether it can answer in JSON of a schema, as far as anybody says
 * @param region where it stands, null where it is not known
 * @param distanceMillis how far that is, as {@link Regions} tells
 */
public record Member(
        Candidate candidate,
        int order,
        Set<String> tags,
        long maxInputTokens,
        boolean takesSchema,
        @Nullable String region,
        int distanceMillis) {

    public Member {
        requireNonNull(candidate, "candidate is null");
        tags = Set.copyOf(tags);
    }

    /** Of which the config says nothing but that it exists. */
    public static Member of(Candidate candidate) {
        return new Member(candidate, 0, Set.of(), -1, true, null, 0);
    }

    /** Where the config says this of it. */
    public static Member of(
            Candidate candidate,
            @Nullable Integer order,
            List<String> tags,
            @Nullable Long maxInputTokens,
            @Nullable Boolean supportsResponseSchema,
            @Nullable String region,
            Regions regions) {
        return new Member(
                candidate,
                order == null ? 0 : order,
                Set.copyOf(tags),
                maxInputTokens == null ? -1 : maxInputTokens,
                supportsResponseSchema == null || supportsResponseSchema,
                region,
                regions.millisTo(region));
    }
}

package dev.sluice.schemas.events;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * What one attempt cost: exactly one terminal event an attempt.
 *
 * <p>The event id is the idempotency key: the same id is the same money, however often it arrives.
 *
 * @param eventId see {@link SpendEventIds}
 * @param journal where the event was first written down
 * @param requestId our own id of the call, answered as {@code x-litellm-call-id}
 * @param attempt numbered from 1 within its request; a cache hit is attempt 0
 * @param isFinal whether this was the request's last attempt
 * @param startedAt cut to microseconds; its UTC date is the day the attempt is booked on
 * @param callType the endpoint in LiteLLM's word: {@code acompletion}, {@code aembedding}, ...
 * @param ttftMicros time to the first byte of content in microseconds, -1 where there was none
 * @param costPico cost in picodollars (1e-12 USD)
 * @param priceVersion which price was applied, null where no price is known
 * @param units what was used besides tokens
 */
public record SpendEvent(
        UUID eventId,
        JournalPosition journal,
        UUID requestId,
        int attempt,
        boolean isFinal,
        Kind kind,
        Instant startedAt,
        Instant endedAt,
        Owner owner,
        String callType,
        Target target,
        @Nullable String providerResponseId,
        Status status,
        @Nullable String errorClass,
        boolean stream,
        long ttftMicros,
        Usage usage,
        long costPico,
        @Nullable String priceVersion,
        @Nullable CacheUse cache,
        @Nullable BatchLine batch,
        Units units) {

    public SpendEvent {
        requireNonNull(eventId, "eventId is null");
        requireNonNull(requestId, "requestId is null");
        requireNonNull(units, "units is null");
        if (attempt < 0) {
            throw new IllegalArgumentException("attempt is " + attempt + ", not at least 0");
        }
    }

    /** An attempt that used nothing but tokens. */
    public SpendEvent(
            UUID eventId,
            JournalPosition journal,
            UUID requestId,
            int attempt,
            boolean isFinal,
            Kind kind,
            Instant startedAt,
            Instant endedAt,
            Owner owner,
            String callType,
            Target target,
            @Nullable String providerResponseId,
            Status status,
            @Nullable String errorClass,
            boolean stream,
            long ttftMicros,
            Usage usage,
            long costPico,
            @Nullable String priceVersion,
            @Nullable CacheUse cache,
            @Nullable BatchLine batch) {
        this(
                eventId,
                journal,
                requestId,
                attempt,
                isFinal,
                kind,
                startedAt,
                endedAt,
                owner,
                callType,
                target,
                providerResponseId,
                status,
                errorClass,
                stream,
                ttftMicros,
                usage,
                costPico,
                priceVersion,
                cache,
                batch,
                Units.NONE);
    }

    /** How an attempt came to its end in the books. */
    public enum Kind {
        /** The provider stated the usage. */
        SETTLED,
        /** The usage was counted or estimated by us, because the provider did not state it. */
        ESTIMATED,
        /** Nothing was used; the event closes the request. */
        VOIDED,
        /** Answered from a cache. */
        CACHE_HIT,
        /** A later correction, for example after a price change. */
        ADJUSTED
    }

    /** How the attempt ended for the caller. */
    public enum Status {
        SUCCESS,
        FAILURE,
        CANCELLED
    }

    /** The journal that first held an event, and the place in it. */
    public record JournalPosition(String id, long seq) {}

    /** Whom an attempt is charged to. */
    public record Owner(
            String keyHash,
            @Nullable String userId,
            @Nullable String teamId,
            @Nullable String orgId,
            @Nullable String endUser,
            List<String> tags) {

        public Owner {
            requireNonNull(keyHash, "keyHash is null");
            tags = List.copyOf(tags);
        }
    }

    /** Who served an attempt. */
    public record Target(
            String modelGroup,
            @Nullable String deploymentId,
            @Nullable String provider,
            String model,
            @Nullable String region) {}

    /** The part a cache had in an answer; {@code savedPico} is what the call would have cost. */
    public record CacheUse(String kind, String key, long savedPico) {}

    /** The line of a batch that an attempt belongs to. */
    public record BatchLine(String id, long line) {}
}

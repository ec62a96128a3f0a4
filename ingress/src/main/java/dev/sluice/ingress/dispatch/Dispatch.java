package dev.sluice.ingress.dispatch;

import dev.sluice.ingress.books.OpenAttempt;
import dev.sluice.ingress.upstream.Deployment;
import dev.sluice.providers.openai.ResponseFacts;
import dev.sluice.providers.openai.SseReader;
import dev.sluice.providers.transport.UpstreamResponse;

import org.jspecify.annotations.Nullable;

/** What came of a call after all its attempts. */
public sealed interface Dispatch {

    /** The whole answer is here and booked. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Plain(
            Deployment deployment,
            byte[] body,
            String contentType,
            ResponseFacts facts,
            long costPico,
            long upstreamNanos,
            int attempts,
            ProviderHeaders headers)
            implements Dispatch {}

    /** A stream has begun: the reader stands at its first event. The attempt is still open. */
    record Stream(
            OpenAttempt attempt,
            UpstreamResponse response,
            SseReader events,
            ProviderHeaders headers)
            implements Dispatch {}

    /**
     * An answer that passes as the bytes that it is has begun. The attempt is still open.
     *
     * @param first its first bytes, of which {@code firstLength} count; -1 if there are none
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Relayed(
            OpenAttempt attempt,
            UpstreamResponse response,
            String contentType,
            byte[] first,
            int firstLength,
            ProviderHeaders headers)
            implements Dispatch {}

    /**
     * No attempt brought an answer.
     *
     * @param body the error in OpenAI's form, a provider's own where it has one
     * @param retryAfterSeconds what the provider asked for, -1 where it did not
     * @param attempts how many were made, 0 if none could be
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Refused(
            int status,
            byte[] body,
            long retryAfterSeconds,
            @Nullable Deployment deployment,
            int attempts,
            ProviderHeaders headers)
            implements Dispatch {}
}

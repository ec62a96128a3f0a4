package dev.sluice.ingress.fleet;

import dev.sluice.ingress.capacity.AdaptiveConcurrency;
import dev.sluice.schemas.events.RateLimit;

import org.jspecify.annotations.Nullable;

/**
 * One attempt, from its sending to its end. Exactly one of {@link #succeeded} and {@link #failed}
 * ends it. For one thread at a time.
 */
public final class Flight {

    private static final long NOTHING_YET = -1;
    private static final String UNAVAILABLE = "http_503";

    private final String deploymentId;
    private final DeploymentAttempts attempts;
    private final Rests rests;
    private final Leave leave;
    private final LocalSight sight;
    private final AdaptiveConcurrency concurrency;
    private final int openWhenSent;
    private final boolean stream;
    private final int promptBucket;
    private final double tokens;
    private final long sentAt;
    private final int slot;
    private long ttftMicros = NOTHING_YET;

    Flight(
            String deploymentId,
            DeploymentAttempts attempts,
            Rests rests,
            Leave leave,
            LocalSight sight,
            AdaptiveConcurrency concurrency,
            boolean stream,
            int promptBucket,
            double tokens) {
        this.deploymentId = deploymentId;
        this.attempts = attempts;
        this.rests = rests;
        this.leave = leave;
        this.sight = sight;
        this.concurrency = concurrency;
        this.openWhenSent = concurrency.open();
        this.stream = stream;
        this.promptBucket = promptBucket;
        this.tokens = tokens;
        this.sentAt = sight.now();
        attempts.started();
        this.slot = sight.sent(sentAt, stream, promptBucket, tokens);
    }

    /** The answer's head told what the provider still allows; null where it did not. */
    public void allowed(@Nullable RateLimit requests, @Nullable RateLimit tokens) {
        sight.allowance().heard(requests, tokens);
    }

    /** The first content of the answer is here; later calls change nothing. */
    public void contentArrived() {
        if (ttftMicros == NOTHING_YET) {
            ttftMicros = elapsed();
            sight.answered(slot, sentAt, stream, promptBucket);
            concurrency.answered(ttftMicros, stream, promptBucket, openWhenSent);
            if (stream) {
                attempts.firstToken(promptBucket, ttftMicros);
            }
        }
    }

    /** The attempt was answered in full. */
    public void succeeded(long inputTokens, long outputTokens) {
        long total = elapsed();
        boolean hasContent = ttftMicros != NOTHING_YET;
        if (!hasContent) {
            sight.failed(slot, sentAt, /* isBlamed= */ false, /* rateLimited= */ false, tokens);
        }
        rests.succeeded(deploymentId);
        long interToken =
                stream && hasContent && outputTokens > 1
                        ? (total - ttftMicros) / (outputTokens - 1)
                        : -1;
        if (interToken >= 0) {
            sight.streamed((double) interToken);
        }
        attempts.succeeded(stream ? -1 : total, interToken, inputTokens, outputTokens);
    }

    /**
     * The attempt was not answered, or not to its end. What is the caller's fault (most of {@code
     * http_4xx}, {@code cancelled}) does not count against the deployment.
     *
     * @param errorClass {@code http_} and the provider's status, or a word of few
     * @param rateLimited whether the provider asked for a pause
     * @param retryAfterSeconds the pause, -1 where it named none
     */
    public void failed(String errorClass, boolean rateLimited, long retryAfterSeconds) {
        boolean isBlamed = Blame.of(errorClass) != Blame.NONE;
        rests.failed(deploymentId, errorClass, rateLimited, retryAfterSeconds, leave);
        if (ttftMicros == NOTHING_YET) {
            sight.failed(slot, sentAt, isBlamed, rateLimited, tokens);
        } else if (isBlamed) {
            sight.broke();
        }
        if (rateLimited) {
            attempts.rateLimited(retryAfterSeconds);
        }
        if (rateLimited || (errorClass.equals(UNAVAILABLE) && retryAfterSeconds >= 0)) {
            concurrency.refused();
        }
        if (isBlamed) {
            attempts.failed(errorClass);
        } else {
            attempts.endedBlameless();
        }
    }

    /** Another attempt of the call answered first, and this one was ended. */
    public void outrun() {
        if (ttftMicros == NOTHING_YET) {
            sight.outrun(slot, sentAt, stream, promptBucket);
        }
        leave.giveBack();
        attempts.endedBlameless();
    }

    private long elapsed() {
        return sight.now() - sentAt;
    }
}

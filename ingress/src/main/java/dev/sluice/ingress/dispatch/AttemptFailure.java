package dev.sluice.ingress.dispatch;

import dev.sluice.ingress.candidates.Choice;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.ingress.upstream.Deployment;
import dev.sluice.providers.openai.ResponseFacts;
import dev.sluice.providers.openai.RouterWishes;
import dev.sluice.providers.protocol.Preparation;
import dev.sluice.providers.protocol.ProviderFailure;
import dev.sluice.providers.transport.Exchange;
import dev.sluice.providers.transport.FailureKind;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Locale;

/**
 * Why an attempt brought no answer, and what that means for the next one.
 *
 * @param errorClass the class in events and metrics
 * @param retryable whether another attempt may do better
 * @param elsewhereOnly whether only another deployment may do better
 * @param retryAfterSeconds -1 where the provider named no time
 * @param outputTokens what had arrived of an answer that the provider may ask money for, as far as
 *     we can tell; 0 if it was waited for in vain, -1 if there is nothing to pay
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record AttemptFailure(
        int status,
        byte[] body,
        String errorClass,
        boolean retryable,
        boolean elsewhereOnly,
        boolean rateLimited,
        long retryAfterSeconds,
        ProviderHeaders headers,
        long outputTokens) {

    /** What an attempt on a rested connection that was dead is called, in events and metrics. */
    static final String STALE = FailureKind.STALE.name().toLowerCase(Locale.ROOT);

    private static final String FULL = "deployments_full";
    private static final String CANCELLED = FailureKind.CANCELLED.name().toLowerCase(Locale.ROOT);
    private static final String OUTRUN = "outrun";
    private static final long NOTHING = -1;

    /** The provider could not be reached, or broke off before the first byte. */
    static AttemptFailure of(Exchange.Failed failed) {
        FailureKind kind = failed.kind();
        ApiError error =
                switch (kind) {
                    case TIMEOUT_CONNECT, TIMEOUT_FIRST_BYTE, TIMEOUT_IDLE, TIMEOUT_TOTAL ->
                            ApiError.of(
                                    408, "timeout_error", "The provider did not answer in time.");
                    case POOL_EXHAUSTED ->
                            ApiError.of(
                                    503,
                                    "service_unavailable_error",
                                    "All connections to the provider are in use.");
                    case CONNECT, TLS, BROKEN, STALE, PROTOCOL, CANCELLED ->
                            ApiError.of(
                                    502,
                                    "api_connection_error",
                                    "The provider cannot be reached or broke off.");
                };
        AttemptFailure failure =
                of(
                        error,
                        kind.name().toLowerCase(Locale.ROOT),
                        kind != FailureKind.CANCELLED,
                        // Who waited in vain would only stand in line again.
                        kind == FailureKind.POOL_EXHAUSTED);
        // Nobody knows what a provider did that was waited for in vain: it is taken to have read.
        boolean waitedInVain = kind.timeout() && kind != FailureKind.TIMEOUT_CONNECT;
        return waitedInVain ? failure.withOutput(0) : failure;
    }

    /**
     * The answer broke off after its head, before the caller saw any of it.
     *
     * @param outputTokens -1 if not a byte of its body had arrived
     */
    static AttemptFailure brokenOff(boolean timedOut, long outputTokens) {
        AttemptFailure failure =
                timedOut
                        ? of(
                                ApiError.of(
                                        408,
                                        "timeout_error",
                                        "The provider's answer took too long."),
                                "timeout",
                                true)
                        : of(
                                ApiError.of(
                                        502,
                                        "api_connection_error",
                                        "The provider broke off in the middle of its answer."),
                                "broken",
                                true);
        return failure.withOutput(outputTokens);
    }

    /** The answer is larger than the gateway may hold; who made it wants it paid. */
    static AttemptFailure tooLarge(long outputTokens) {
        return of(
                        ApiError.of(502, "api_error", "The provider's answer is too large."),
                        "too_large",
                        false)
                .withOutput(outputTokens);
    }

    /** What a caller asked to be pretended, in LiteLLM's words where programs look for them. */
    static AttemptFailure pretended(RouterWishes.Pretence pretence) {
        String why = "This is a mock exception, to trigger a fallback.";
        ApiError error =
                switch (pretence) {
                    case FAILURE -> ApiError.of(500, "api_error", why);
                    case RATE_LIMIT -> ApiError.of(429, "rate_limit_error", why);
                    case CONTEXT_WINDOW ->
                            new ApiError(
                                    400,
                                    why,
                                    "invalid_request_error",
                                    "messages",
                                    "context_length_exceeded");
                    case CONTENT_POLICY ->
                            new ApiError(
                                    400,
                                    why,
                                    "invalid_request_error",
                                    "messages",
                                    "content_filter");
                };
        return of(error, "pretended", false);
    }

    /** Another attempt of the call was faster; what arrived of this one is paid for. */
    static AttemptFailure outrun() {
        return of(ApiError.of(499, "api_error", "Another attempt was faster."), OUTRUN, false);
    }

    /** The time that was named; of one that named some. */
    Duration retryAfter() {
        return Duration.ofSeconds(retryAfterSeconds);
    }

    /** Whether another attempt of the call was faster. */
    boolean isOutrun() {
        return errorClass.equals(OUTRUN);
    }

    /** Whether the provider answered that it does not serve the call. */
    boolean isRefusal() {
        return errorClass.startsWith("http_");
    }

    /** Whether it may have been anybody's but the caller's doing: he is still there. */
    boolean isAnybodys() {
        return !errorClass.equals(CANCELLED);
    }

    private AttemptFailure withOutput(long tokens) {
        return new AttemptFailure(
                status,
                body,
                errorClass,
                retryable,
                elsewhereOnly,
                rateLimited,
                retryAfterSeconds,
                headers,
                tokens);
    }

    /** Whether a connection was at fault that had rested: nothing is known of the provider. */
    boolean isStale() {
        return errorClass.equals(STALE);
    }

    /** Whether the provider may ask for money: it had begun to answer, or nobody knows. */
    boolean hasOutput() {
        return outputTokens != NOTHING;
    }

    private static AttemptFailure of(ApiError error, String errorClass, boolean retryable) {
        return of(error, errorClass, retryable, false);
    }

    private static AttemptFailure of(
            ApiError error, String errorClass, boolean retryable, boolean elsewhereOnly) {
        return new AttemptFailure(
                error.status(),
                error.body(),
                errorClass,
                retryable,
                elsewhereOnly,
                false,
                -1,
                ProviderHeaders.NONE,
                NOTHING);
    }

    /** The provider cannot be asked at all. */
    static AttemptFailure of(Preparation preparation) {
        return switch (preparation) {
            case Preparation.Unsupported(var message, var param) ->
                    of(ApiError.invalidRequest(message, param), "unsupported", false);
            case Preparation.NotNow(var message) ->
                    of(
                            ApiError.of(503, "service_unavailable_error", message),
                            "no_credentials",
                            true);
            case Preparation.Ready _ -> throw new IllegalArgumentException("ready is no failure");
        };
    }

    /** No deployment of a group may be asked, in LiteLLM's words where clients look for them. */
    static AttemptFailure of(Choice.Why why, String group) {
        return switch (why) {
            case TAGS ->
                    of(
                            new ApiError(
                                    401,
                                    "Not allowed to access model due to tags configuration. Passed"
                                            + " model="
                                            + group,
                                    "auth_error",
                                    null,
                                    "401"),
                            "tags",
                            false);
            case PROMPT_TOO_LONG ->
                    of(
                            new ApiError(
                                    400,
                                    "The prompt has more tokens than any deployment of this model"
                                            + " takes.",
                                    "invalid_request_error",
                                    "messages",
                                    "context_length_exceeded"),
                            "context_length",
                            false);
            case RESPONSE_FORMAT ->
                    of(
                            ApiError.invalidRequest(
                                    "No deployment of this model answers in JSON of a schema.",
                                    "response_format"),
                            "response_format",
                            false);
            case REGION ->
                    of(
                            ApiError.invalidRequest(
                                    "No deployment of this model stands in the region that the"
                                            + " request may not leave.",
                                    "model"),
                            "region",
                            false);
        };
    }

    /** All deployments of a group are at their limits, in LiteLLM's words. */
    static AttemptFailure full(String group, long retryAfterSeconds) {
        AttemptFailure failure =
                of(
                        ApiError.of(
                                429,
                                "rate_limit_error",
                                ("No deployments available for selected model, Try again in %d"
                                                + " seconds. Passed model=%s")
                                        .formatted(retryAfterSeconds, group)),
                        FULL,
                        false);
        return new AttemptFailure(
                failure.status,
                failure.body,
                failure.errorClass,
                /* retryable= */ false,
                /* elsewhereOnly= */ false,
                /* rateLimited= */ false,
                retryAfterSeconds,
                failure.headers,
                failure.outputTokens);
    }

    /** Whether all deployments of a group were at their limits. */
    boolean isFull() {
        return errorClass.equals(FULL);
    }

    /** The gateway stops, and the call had not been sent to anybody yet. */
    static AttemptFailure stopping() {
        return of(
                ApiError.of(503, "service_unavailable_error", "The gateway is stopping."),
                "gateway_stopping",
                false);
    }

    /** The answer is not what the provider's protocol says. */
    static AttemptFailure unreadable(long outputTokens) {
        return of(
                        ApiError.of(502, "api_error", "The provider's answer cannot be read."),
                        "unreadable",
                        true)
                .withOutput(outputTokens);
    }

    /** The provider answered with an error; its code stays, since clients test it. */
    static AttemptFailure of(int answered, ProviderFailure failure, ProviderHeaders headers) {
        int status = failure.status();
        boolean credentials = status == 401 || status == 403;
        boolean retryable = status == 408 || status == 409 || status == 429 || status >= 500;
        return new AttemptFailure(
                status,
                credentials ? refusedCredentials(status) : failure.body(),
                "http_" + answered,
                retryable || credentials,
                credentials,
                status == 429,
                failure.retryAfterSeconds(),
                headers,
                NOTHING);
    }

    /** A stream whose first event is an error: nobody has seen anything of it. */
    static AttemptFailure ofFirstEvent(byte[] body) {
        byte[] error =
                ResponseFacts.of(body, body.length).error() != null
                        ? body
                        : ApiError.of(502, "api_error", "The provider answered with an error.")
                                .body();
        return new AttemptFailure(
                502, error, "http_502", true, false, false, -1, ProviderHeaders.NONE, NOTHING);
    }

    /** A provider's word on a wrong key may repeat a part of it: it stays here. */
    private static byte[] refusedCredentials(int status) {
        return ApiError.of(
                        status,
                        "authentication_error",
                        "The provider refused the gateway's credentials for this deployment.")
                .body();
    }

    Dispatch.Refused refused(@Nullable Deployment deployment, int attempts) {
        return new Dispatch.Refused(status, body, retryAfterSeconds, deployment, attempts, headers);
    }
}

package dev.sluice.ingress.auth;

import dev.sluice.ingress.errors.ApiError;

import java.time.Instant;

/**
 * Refusals as LiteLLM's clients test them: by status, type, code and how the text begins. None of
 * them repeats any part of what was sent as a key.
 */
final class AccessErrors {

    static final ApiError NO_KEY = ApiError.unauthorized("No api key passed in.");
    static final ApiError NO_BEARER =
            ApiError.unauthorized("Malformed API Key passed in. Ensure Key has `Bearer ` prefix.");
    static final ApiError NOT_A_KEY =
            ApiError.unauthorized(
                    "LiteLLM Virtual Key expected. Received=***, expected to start with 'sk-'.");
    static final ApiError UNKNOWN_KEY =
            new ApiError(
                    401,
                    "Authentication Error, Invalid proxy server token passed.",
                    "token_not_found_in_db",
                    "key",
                    "401");
    static final ApiError BLOCKED_KEY =
            ApiError.unauthorized("Key is blocked. Update via `/key/unblock` if you're an admin.");
    static final ApiError BLOCKED_TEAM =
            ApiError.unauthorized(
                    "Team is blocked. Update via `/team/unblock` if you're an admin.");
    static final ApiError BLOCKED_USER = ApiError.unauthorized("User is blocked.");
    static final ApiError BLOCKED_END_USER =
            new ApiError(
                    400,
                    "User blocked from making LLM API Calls.",
                    "bad_request_error",
                    "user",
                    "400");
    static final ApiError TOO_MANY_FAILURES =
            ApiError.of(
                    429,
                    "rate_limit_error",
                    "Too many failed attempts to authenticate came from this address.");
    static final ApiError ADDRESS_DENIED =
            ApiError.of(403, "auth_error", "Access forbidden: IP address not allowed.");
    static final ApiError USER_MISSING =
            new ApiError(
                    400,
                    "BadRequest please pass param=user on call to this endpoint.",
                    "bad_request_error",
                    "user",
                    "400");
    static final ApiError CLIENT_TAGS =
            new ApiError(
                    400,
                    "Client-side 'metadata.tags' not allowed in request."
                            + " 'reject_clientside_metadata_tags'=True. Tags can only be set via"
                            + " API key metadata.",
                    "bad_request_error",
                    "metadata.tags",
                    "400");

    private AccessErrors() {}

    static ApiError sentTwice(String header) {
        return ApiError.invalidRequest(
                "The header %s was sent more than once.".formatted(header), null);
    }

    static ApiError notAscii(String header) {
        return ApiError.invalidRequest(
                "The header %s has other characters than printable ASCII; name the end user as user in the body."
                        .formatted(header),
                null);
    }

    static ApiError expired(Instant when) {
        return new ApiError(
                400,
                "Authentication Error - Expired Key. Key Expiry time %s".formatted(when),
                "expired_key",
                "key",
                "400");
    }

    static ApiError notReady(String reason) {
        return ApiError.of(503, "service_unavailable_error", reason);
    }

    /** {@code who}: key, team, user or org. */
    static ApiError modelDenied(String who) {
        return new ApiError(
                401,
                "%s not allowed to access model. Call `/v1/models` to view available models for your key."
                        .formatted(who),
                who + "_model_access_denied",
                "model",
                "401");
    }

    static ApiError cacheControlDenied(String control) {
        return ApiError.of(
                403,
                "auth_error",
                "Not allowed to set %s as a cache control. Contact admin to change permissions."
                        .formatted(control));
    }

    static ApiError routeDenied(String why) {
        return ApiError.of(403, "auth_error", "Authentication Error, " + why);
    }
}

package dev.sluice.ingress.errors;

import dev.sluice.providers.openai.ErrorBody;

import org.jspecify.annotations.Nullable;

/**
 * An error as callers see it, in OpenAI's form.
 *
 * @param status the HTTP status
 * @param type OpenAI's or LiteLLM's word for the kind of error
 * @param param the parameter at fault, null where there is none
 * @param code a code that clients test, by LiteLLM's custom the status as text
 */
public record ApiError(
        int status, String message, String type, @Nullable String param, String code) {

    /** The caller's mistake. */
    public static ApiError invalidRequest(String message, @Nullable String param) {
        return new ApiError(400, message, "invalid_request_error", param, "400");
    }

    /** An error whose code is its status. */
    public static ApiError of(int status, String type, String message) {
        return new ApiError(status, message, type, null, Integer.toString(status));
    }

    /** No key, or one that is not known. The message never repeats it. */
    public static ApiError unauthorized(String message) {
        return of(401, "auth_error", "Authentication Error, " + message);
    }

    /** The event that ends a stream which has begun. */
    public byte[] event() {
        return new ErrorBody(message, type, param, code).event();
    }

    /** The body that goes out. */
    public byte[] body() {
        return new ErrorBody(message, type, param, code).json();
    }
}

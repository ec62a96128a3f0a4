package dev.sluice.providers.openai;

/** What OpenAI would call an error, where all that is known is its status. */
public final class StatusErrors {

    private StatusErrors() {}

    /**
     * The error.
     *
     * @param status as OpenAI's would be
     * @param message the provider's
     */
    public static ErrorBody of(int status, String message) {
        return new ErrorBody(message, type(status), null, code(status));
    }

    /** A prompt that is too long for the model. */
    public static ErrorBody contextLengthExceeded(String message) {
        return new ErrorBody(
                message, "invalid_request_error", "messages", "context_length_exceeded");
    }

    /** What cannot be read. */
    public static ErrorBody unreadable() {
        return of(502, "The provider's answer cannot be read.");
    }

    private static String type(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            case 408 -> "timeout_error";
            case 429 -> "rate_limit_error";
            default -> status < 500 ? "invalid_request_error" : "api_error";
        };
    }

    private static String code(int status) {
        return switch (status) {
            case 401 -> "invalid_api_key";
            case 404 -> "model_not_found";
            case 429 -> "rate_limit_exceeded";
            default -> Integer.toString(status);
        };
    }
}

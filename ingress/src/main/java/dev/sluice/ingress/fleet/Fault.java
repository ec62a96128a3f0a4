package dev.sluice.ingress.fleet;

/**
 * What a failed attempt means for the rest of its deployment: LiteLLM's rule, by which only 401,
 * 404, 408, 429 and everything that is no 4xx may send it to rest.
 *
 * <p>Unlike there, a provider that cannot be reached counts as one that answers 500: who does not
 * answer at all must be left alone as much as who answers with errors.
 */
enum Fault {
    /** None of the deployment's: the request's, the caller's, the connection's or ours. */
    NONE,
    /** It has enough for now. */
    RATE_LIMIT,
    /** It does not take our key. */
    CREDENTIALS,
    /** It does not have the model, or answers with what no API answers. */
    ABSENT,
    /** It did not answer in time. */
    TIMEOUT,
    /** It fails, or cannot be reached. */
    SERVER;

    private static final String STATUS = "http_";

    /**
     * Judges.
     *
     * @param errorClass {@code http_} and the provider's status, or a word
     */
    static Fault of(String errorClass, boolean rateLimited) {
        if (rateLimited) {
            return RATE_LIMIT;
        }
        return switch (errorClass) {
            case "cancelled", "too_large", "stale", "pool_exhausted", "internal_error" -> NONE;
            case "timeout",
                    "timeout_connect",
                    "timeout_first_byte",
                    "timeout_idle",
                    "timeout_total",
                    "http_408" ->
                    TIMEOUT;
            case "http_401" -> CREDENTIALS;
            case "http_404" -> ABSENT;
            case "http_429" -> RATE_LIMIT;
            default -> ofClass(errorClass);
        };
    }

    private static Fault ofClass(String errorClass) {
        if (!errorClass.startsWith(STATUS) || errorClass.length() <= STATUS.length()) {
            return errorClass.isEmpty() || errorClass.startsWith(STATUS) ? NONE : SERVER;
        }
        return switch (errorClass.charAt(STATUS.length())) {
            case '4' -> NONE;
            case '1', '2', '3' -> ABSENT;
            default -> SERVER;
        };
    }

    /** Whether it will be the same at the next call, so that one is enough. */
    boolean isLasting() {
        return this == CREDENTIALS || this == ABSENT;
    }
}

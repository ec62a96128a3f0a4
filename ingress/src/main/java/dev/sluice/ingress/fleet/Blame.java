package dev.sluice.ingress.fleet;

/** What a failed attempt says of its deployment. */
enum Blame {
    /** Nothing: the request was at fault, or the caller left. */
    NONE,
    /** It fails, or refuses us. */
    DEPLOYMENT;

    private static final String STATUS = "http_";

    /** Judges by error class: {@code http_} and the provider's status, or a word. */
    static Blame of(String errorClass) {
        return switch (errorClass) {
            case "cancelled", "too_large", "stale", "pool_exhausted", "internal_error" -> NONE;
            case "http_401", "http_403", "http_404", "http_408", "http_429" -> DEPLOYMENT;
            default -> errorClass.startsWith(STATUS + '4') ? NONE : DEPLOYMENT;
        };
    }
}

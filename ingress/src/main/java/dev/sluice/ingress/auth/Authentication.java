package dev.sluice.ingress.auth;

import dev.sluice.ingress.errors.ApiError;

/** What came of asking who is calling. */
public sealed interface Authentication {

    /** A known caller. */
    record Accepted(Caller caller) implements Authentication {}

    /**
     * Not to be served.
     *
     * @param error for the caller; it never repeats his key
     * @param retryAfterSeconds when he may try again, -1 where nothing is said about it
     */
    record Refused(ApiError error, long retryAfterSeconds) implements Authentication {

        /** A refusal that says nothing of trying again. */
        public static Refused of(ApiError error) {
            return new Refused(error, -1);
        }
    }
}

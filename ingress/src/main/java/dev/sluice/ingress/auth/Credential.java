package dev.sluice.ingress.auth;

import dev.sluice.ingress.errors.ApiError;

/** What a request shows for itself. */
sealed interface Credential {

    /** The text of a key. */
    record Key(String text) implements Credential {

        /** It is a secret. */
        @Override
        public String toString() {
            return "***";
        }
    }

    /** No key, or none that can be read; {@code isFailure}: as somebody does who tries keys. */
    record Unusable(ApiError error, boolean isFailure) implements Credential {}
}

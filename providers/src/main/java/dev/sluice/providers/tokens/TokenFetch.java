package dev.sluice.providers.tokens;

import dev.sluice.schemas.config.Secret;

import java.io.IOException;
import java.time.Duration;

/** One blocking question for a new token. */
@FunctionalInterface
interface TokenFetch {

    /**
     * A token.
     *
     * @param lifetime from now on; not positive for one that has expired
     */
    record Fetched(Secret token, Duration lifetime) {}

    /**
     * Asks the issuer. May take as long as its library waits; ends when it is interrupted.
     *
     * @throws IOException if there is no token to be had; libraries also throw unchecked
     */
    Fetched fetch() throws IOException, InterruptedException;
}

package dev.sluice.providers.tokens;

/** Learns of each attempt to get a token. Called by the threads that fetch; must not block. */
@FunctionalInterface
public interface TokenWatcher {

    /** Nobody wants to know. */
    TokenWatcher NONE = (issuer, isSuccess) -> {};

    /**
     * An attempt ended.
     *
     * @param issuer {@code google} or {@code entra}
     */
    void fetched(String issuer, boolean isSuccess);
}

package dev.sluice.providers.protocol;

import dev.sluice.schemas.config.Secret;

import java.util.Optional;

/** Short-lived tokens of a provider, renewed by whoever implements this. */
@FunctionalInterface
public interface AccessTokens {

    /**
     * A token that is good now. May wait for one to be renewed, for a bounded time; empty if there
     * is none to be had.
     */
    Optional<Secret> current();

    /** The project that the credentials belong to, as far as they say so themselves. */
    default Optional<String> project() {
        return Optional.empty();
    }
}

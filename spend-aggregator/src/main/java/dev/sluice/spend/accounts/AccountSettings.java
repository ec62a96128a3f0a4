package dev.sluice.spend.accounts;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.config.Secret;

import java.time.ZoneId;

/**
 * How accounts are kept.
 *
 * @param signingKey what their records on the topic are signed with; the ingresses have the same
 * @param timezone whose midnights begin budget periods
 */
public record AccountSettings(Secret signingKey, ZoneId timezone, AccountDefaults defaults) {

    public AccountSettings {
        requireNonNull(signingKey, "signingKey is null");
        requireNonNull(timezone, "timezone is null");
        requireNonNull(defaults, "defaults is null");
        if (signingKey.reveal().isEmpty()) {
            throw new IllegalArgumentException("signingKey is empty");
        }
    }
}

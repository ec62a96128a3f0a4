package dev.sluice.spend.accounts;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.accounts.Account.Role;

import org.jspecify.annotations.Nullable;

/**
 * Who wants something of the accounts, as the ingress has authenticated him.
 *
 * @param userId null: the key belongs to nobody
 * @param keyHash SHA-256 of his key in hex
 * @param teamId the team that his key belongs to
 * @param address where he calls from
 * @param requestId the call that he made
 */
public record Caller(
        Role role,
        @Nullable String userId,
        String keyHash,
        @Nullable String teamId,
        @Nullable String address,
        @Nullable String requestId) {

    public Caller {
        requireNonNull(role, "role is null");
        requireNonNull(keyHash, "keyHash is null");
    }

    /** What stands in {@code created_by}: the user, or else the hash of the key. */
    public String name() {
        return userId == null ? keyHash : userId;
    }
}

package dev.sluice.ingress.auth;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.events.SpendEvent;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Who is calling.
 *
 * @param keyHash SHA-256 of the key in hex, as the books have it
 * @param isAdmin whether he may see and change everything
 */
public record Caller(
        String keyHash,
        @Nullable String userId,
        @Nullable String teamId,
        @Nullable String orgId,
        boolean isAdmin) {

    public Caller {
        requireNonNull(keyHash, "keyHash is null");
    }

    /** The scope of isolation: nothing of one tenant is ever shown to another. */
    public String tenant() {
        return teamId != null ? "team:" + teamId : userId != null ? "user:" + userId : keyHash;
    }

    /** Whom his calls are charged to. */
    public SpendEvent.Owner owner(@Nullable String endUser) {
        return new SpendEvent.Owner(keyHash, userId, teamId, orgId, endUser, List.of());
    }
}

package dev.sluice.ingress.auth;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.accounts.KeyAccounts;
import dev.sluice.providers.openai.RouterWishes;
import dev.sluice.schemas.accounts.Account.Role;
import dev.sluice.schemas.accounts.Account.Team;
import dev.sluice.schemas.accounts.Account.User;
import dev.sluice.schemas.events.SpendEvent;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.stream.Stream;

/**
 * Who is calling.
 *
 * @param keyHash SHA-256 of the key in hex, as the books have it; empty for who needs none
 * @param role null for a key that belongs to no user: it may call models and read what is its own
 * @param accounts the key's accounts with their limits; null for the master key, and where
 *     everybody is admin: nothing limits those
 * @param batch the line of a batch that is called on his behalf; null where he calls himself
 */
public record Caller(
        String keyHash,
        @Nullable Role role,
        @Nullable KeyAccounts accounts,
        SpendEvent.@Nullable BatchLine batch) {

    public Caller {
        requireNonNull(keyHash, "keyHash is null");
    }

    /** Who calls himself. */
    public Caller(String keyHash, @Nullable Role role, @Nullable KeyAccounts accounts) {
        this(keyHash, role, accounts, null);
    }

    /** The same, when a line of a batch of his is called. */
    Caller calling(SpendEvent.@Nullable BatchLine line) {
        return new Caller(keyHash, role, accounts, line);
    }

    /** The holder of the master key. */
    static Caller master(String keyHash) {
        return new Caller(keyHash, Role.PROXY_ADMIN, null);
    }

    /** The holder of a virtual key. */
    static Caller of(KeyAccounts accounts) {
        User user = accounts.user();
        return new Caller(accounts.key().id(), user == null ? null : user.role(), accounts);
    }

    /** Whether he may see and change everything. */
    public boolean isAdmin() {
        return role == Role.PROXY_ADMIN;
    }

    /** Whether he holds the master key itself, not an admin's virtual key. */
    public boolean isMaster() {
        return isAdmin() && accounts == null;
    }

    /** Whether he may see everything. */
    public boolean seesEverything() {
        return isAdmin() || role == Role.PROXY_ADMIN_VIEWER;
    }

    /** The user whose key it is. */
    public @Nullable String userId() {
        return accounts == null ? null : accounts.key().userId();
    }

    /** The team that the key is of. */
    public @Nullable String teamId() {
        return accounts == null ? null : accounts.key().teamId();
    }

    /** The organisation of the key, or of its team. */
    public @Nullable String orgId() {
        return accounts == null || accounts.organization() == null
                ? null
                : accounts.organization().id();
    }

    /** The scope of isolation: nothing of one tenant is ever shown to another. */
    public String tenant() {
        String teamId = teamId();
        String userId = userId();
        return teamId != null ? "team:" + teamId : userId != null ? "user:" + userId : keyHash;
    }

    /** What he asks of the router, as far as his key lets him. */
    public RouterWishes bounded(RouterWishes wishes) {
        return accounts != null && Boolean.TRUE.equals(accounts.key().disableFallbacks())
                ? wishes.withoutFallbacks()
                : wishes;
    }

    /** Whom his calls are charged to. */
    public SpendEvent.Owner owner(@Nullable String endUser, List<String> tags) {
        return new SpendEvent.Owner(keyHash, userId(), teamId(), orgId(), endUser, tags);
    }

    /**
     * The tags that a call of his is booked and routed by: his key's, his team's, and the call's.
     */
    public List<String> tags(List<String> ofCall) {
        if (accounts == null) {
            return ofCall;
        }
        List<String> own = accounts.key().tags();
        Team team = accounts.team();
        List<String> teams = team == null ? List.of() : team.tags();
        if (ofCall.isEmpty() && teams.isEmpty()) {
            return own;
        }
        return Stream.of(own, teams, ofCall).flatMap(List::stream).distinct().toList();
    }
}

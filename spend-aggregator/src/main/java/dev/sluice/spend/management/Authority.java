package dev.sluice.spend.management;

import static dev.sluice.spend.db.Tables.ACCOUNT_KEYS;
import static dev.sluice.spend.db.Tables.ACCOUNT_TEAM_MEMBERS;
import static dev.sluice.spend.db.Tables.ACCOUNT_USERS;

import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.Account.Role;
import dev.sluice.spend.accounts.AccountRows;
import dev.sluice.spend.accounts.Caller;
import dev.sluice.spend.db.tables.records.AccountKeysRecord;
import dev.sluice.spend.db.tables.records.AccountUsersRecord;

import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What the caller may do, as PostgreSQL knows it now. The ingress may be a second behind: a key
 * that was deleted or a role that was taken away meanwhile does not count any more.
 */
final class Authority {

    private final Caller caller;
    private final Role role;
    private final @Nullable AccountKeysRecord key;
    private final @Nullable AccountUsersRecord user;

    /** Whether he is admin, by team. */
    private final Map<String, Boolean> teams;

    private Authority(
            Caller caller,
            Role role,
            @Nullable AccountKeysRecord key,
            @Nullable AccountUsersRecord user,
            Map<String, Boolean> teams) {
        this.caller = caller;
        this.role = role;
        this.key = key;
        this.user = user;
        this.teams = teams;
    }

    static Authority of(DSLContext sql, Caller caller) {
        AccountKeysRecord key =
                sql.selectFrom(ACCOUNT_KEYS)
                        .where(ACCOUNT_KEYS.TOKEN.eq(caller.keyHash()))
                        .fetchOne();
        String userId = key == null ? caller.userId() : key.getUserId();
        AccountUsersRecord user =
                userId == null
                        ? null
                        : sql.selectFrom(ACCOUNT_USERS)
                                .where(ACCOUNT_USERS.USER_ID.eq(userId))
                                .fetchOne();
        boolean keyGone =
                key == null
                        ? Tombstones.has(sql, Account.ApiKey.recordKey(caller.keyHash()))
                        : key.getBlocked();
        boolean userGone =
                user == null
                        ? userId != null && Tombstones.has(sql, Account.User.recordKey(userId))
                        : user.getBlocked();
        if (keyGone || userGone) {
            throw Refused.unauthorized("the key or its user is deleted or blocked.");
        }
        Map<String, Boolean> teams = new HashMap<>();
        if (user != null) {
            sql.selectFrom(ACCOUNT_TEAM_MEMBERS)
                    .where(ACCOUNT_TEAM_MEMBERS.USER_ID.eq(user.getUserId()))
                    .forEach(row -> teams.put(row.getTeamId(), row.getRole().equals("admin")));
        }
        // The master key is in no table: the ingress alone knows it.
        Role role =
                user != null
                        ? AccountRows.role(user)
                        : key != null ? Role.INTERNAL_USER : caller.role();
        return new Authority(caller, role, key, user, teams);
    }

    Caller caller() {
        return caller;
    }

    /** The key that he calls with; null: the master key. */
    @Nullable AccountKeysRecord key() {
        return key;
    }

    @Nullable AccountUsersRecord user() {
        return user;
    }

    /** His user id, if his key belongs to somebody. */
    @Nullable String userId() {
        return user == null ? null : user.getUserId();
    }

    boolean isAdmin() {
        return role == Role.PROXY_ADMIN;
    }

    /** Whether he may see everything. */
    boolean readsAll() {
        return role == Role.PROXY_ADMIN || role == Role.PROXY_ADMIN_VIEWER;
    }

    boolean isAdminOf(@Nullable String teamId) {
        return teamId != null && teams.getOrDefault(teamId, false);
    }

    boolean isMemberOf(@Nullable String teamId) {
        return teamId != null && teams.containsKey(teamId);
    }

    /** The teams that he is in. */
    Set<String> teams() {
        return teams.keySet();
    }

    /** Whether an account belongs to him. */
    boolean is(@Nullable String ownerId) {
        return ownerId != null && ownerId.equals(userId());
    }

    Authority requireAdmin() {
        if (!isAdmin()) {
            throw Refused.forbidden("Only a proxy admin may do this.");
        }
        return this;
    }

    Authority requireReader() {
        if (!readsAll()) {
            throw Refused.forbidden("Only a proxy admin or a proxy admin viewer may see this.");
        }
        return this;
    }

    Authority requireWriter() {
        if (role == Role.PROXY_ADMIN_VIEWER || role == Role.INTERNAL_USER_VIEWER) {
            throw Refused.forbidden("A viewer may change nothing.");
        }
        if (!isAdmin() && user == null) {
            throw Refused.forbidden("A key that belongs to no user may change nothing.");
        }
        return this;
    }
}

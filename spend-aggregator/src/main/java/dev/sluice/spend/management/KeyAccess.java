package dev.sluice.spend.management;

import static dev.sluice.spend.db.Tables.ACCOUNT_KEYS;
import static dev.sluice.spend.db.Tables.ACCOUNT_TEAMS;

import dev.sluice.spend.accounts.AccountKind;
import dev.sluice.spend.accounts.Changes;

import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Map;
import java.util.Objects;

/** Who may do what to which key. */
final class KeyAccess {

    /** As whom the caller deals with a key. */
    enum Standing {
        /** Of the whole proxy. */
        ADMIN,
        /** Of the team that the key belongs to. */
        TEAM_ADMIN,
        /** It is his, and he has made it. */
        OWNER,
        /** It is his, but somebody else has made it. */
        HOLDER
    }

    private KeyAccess() {}

    /** Refuses whoever may not see a key. */
    static void requireReader(Authority authority, Record key) {
        boolean reads =
                authority.readsAll()
                        || authority.caller().keyHash().equals(key.get(ACCOUNT_KEYS.TOKEN))
                        || authority.is(key.get(ACCOUNT_KEYS.USER_ID))
                        || authority.isAdminOf(key.get(ACCOUNT_KEYS.TEAM_ID));
        if (!reads) {
            throw Refused.forbidden("This key belongs to somebody else.", "key");
        }
    }

    /**
     * As whom the caller may change a key; refuses him if he may not.
     *
     * @param route what he wants to do, as teams name it in their permissions
     */
    static Standing writer(DSLContext sql, Authority authority, Record key, String route) {
        authority.requireWriter();
        String teamId = key.get(ACCOUNT_KEYS.TEAM_ID);
        if (authority.isAdmin()) {
            return Standing.ADMIN;
        }
        if (authority.isAdminOf(teamId)) {
            return Standing.TEAM_ADMIN;
        }
        if (!authority.is(key.get(ACCOUNT_KEYS.USER_ID))) {
            throw Refused.forbidden("This key belongs to somebody else.", "key");
        }
        if (teamId != null) {
            requirePermission(sql, authority, teamId, route);
        }
        return authority.is(key.get(ACCOUNT_KEYS.CREATED_BY)) ? Standing.OWNER : Standing.HOLDER;
    }

    /** Refuses whoever may not make a key with an owner and a team. */
    static Standing creator(
            DSLContext sql, Authority authority, @Nullable String userId, @Nullable String teamId) {
        authority.requireWriter();
        if (authority.isAdmin()) {
            return Standing.ADMIN;
        }
        if (authority.isAdminOf(teamId) && teamId != null) {
            if (userId != null && !Members.isMember(sql, teamId, userId)) {
                throw Refused.forbidden("The user is not a member of the team.", "user_id");
            }
            return Standing.TEAM_ADMIN;
        }
        if (!authority.is(userId)) {
            throw Refused.forbidden("You may make keys for yourself only.", "user_id");
        }
        if (teamId != null) {
            requirePermission(sql, authority, teamId, "/key/generate");
        }
        return Standing.OWNER;
    }

    /** Refuses fields that are not the caller's to set, whatever their value. */
    static void requireFields(Standing standing, Changes fields, @Nullable Long spend) {
        if (standing == Standing.ADMIN) {
            return;
        }
        if (spend != null) {
            throw notYours("spend");
        }
        forbid(fields, Map.of("organization_id", ACCOUNT_KEYS.ORGANIZATION_ID));
        forbid(fields, Map.of("budget_id", ACCOUNT_KEYS.BUDGET_ID));
    }

    /** The same for a change of a key that exists. */
    static void requireUpdate(
            Standing standing, Changes fields, boolean setsDuration, Record key, DSLContext sql) {
        if (standing == Standing.ADMIN) {
            return;
        }
        requireSame(fields, ACCOUNT_KEYS.TEAM_ID, key, "team_id");
        if (standing == Standing.TEAM_ADMIN) {
            String userId = fields.get(ACCOUNT_KEYS.USER_ID);
            String teamId = key.get(ACCOUNT_KEYS.TEAM_ID);
            if (userId != null && !Members.isMember(sql, teamId, userId)) {
                throw Refused.forbidden("The user is not a member of the team.", "user_id");
            }
            return;
        }
        requireSame(fields, ACCOUNT_KEYS.USER_ID, key, "user_id");
        if (Boolean.FALSE.equals(fields.get(ACCOUNT_KEYS.BLOCKED))
                && key.get(ACCOUNT_KEYS.BLOCKED_BY_ADMIN)) {
            throw Refused.forbidden(
                    "Only an admin may unblock what an admin has blocked.", "blocked");
        }
        if (standing == Standing.HOLDER) {
            requireHoldersFields(fields, setsDuration);
        }
    }

    /** Who holds a key that somebody made for him may name it and block it, not widen it. */
    private static void requireHoldersFields(Changes fields, boolean setsDuration) {
        if (setsDuration) {
            throw notYours("duration");
        }
        AccountKind.KEY.attributes().stream()
                .filter(attribute -> fields.has(attribute.column()))
                .map(attribute -> attribute.name())
                .filter(name ->
                        switch (name) {
                            case "key_alias", "metadata", "blocked", "user_id", "team_id" -> false;
                            default -> true;
                        })
                .findFirst()
                .ifPresent(name -> {
                    throw notYours(name);
                });
    }

    private static void requirePermission(
            DSLContext sql, Authority authority, String teamId, String route) {
        if (!authority.isMemberOf(teamId)) {
            throw Refused.forbidden("You are not a member of the team.", "team_id");
        }
        String[] permissions =
                sql.select(ACCOUNT_TEAMS.TEAM_MEMBER_PERMISSIONS)
                        .from(ACCOUNT_TEAMS)
                        .where(ACCOUNT_TEAMS.TEAM_ID.eq(teamId))
                        .fetchSingle()
                        .value1();
        if (!Arrays.asList(permissions).contains(route)) {
            throw Refused.notPermittedInTeam(route);
        }
    }

    private static void forbid(Changes fields, Map<String, Field<String>> columns) {
        columns.forEach((name, column) -> {
            if (fields.has(column)) {
                throw notYours(name);
            }
        });
    }

    private static void requireSame(Changes fields, Field<String> column, Record key, String name) {
        if (fields.has(column) && !Objects.equals(fields.get(column), key.get(column))) {
            throw notYours(name);
        }
    }

    private static Refused notYours(String name) {
        return Refused.forbidden("%s is not yours to set.".formatted(name), name);
    }
}

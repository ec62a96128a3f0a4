package dev.sluice.spend.management;

import static dev.sluice.spend.db.Tables.ACCOUNT_KEYS;
import static dev.sluice.spend.db.Tables.ACCOUNT_TEAM_MEMBERS;
import static dev.sluice.spend.db.Tables.ACCOUNT_USERS;

import static org.jooq.impl.DSL.lower;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.spend.accounts.AccountKind;
import dev.sluice.spend.accounts.AccountTransaction;
import dev.sluice.spend.accounts.Accounts;
import dev.sluice.spend.accounts.Changes;
import dev.sluice.spend.accounts.Json;
import dev.sluice.spend.accounts.Shapes;

import org.jooq.DSLContext;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/** {@code /team/member_*}: who is in a team, and with which limits of his own. */
final class Members {

    static final int MEMBERS_MAX = 1_000;

    private final Accounts accounts;
    private final AccountView view;

    Members(Accounts accounts, AccountView view) {
        this.accounts = accounts;
        this.view = view;
    }

    /** What a body says of one member: by id, or by email. */
    private record Wanted(@Nullable String userId, @Nullable String email, @Nullable String role) {

        static Wanted of(Body body) {
            var wanted =
                    new Wanted(
                            body.optional("user_id", Shapes.ID),
                            body.optional("user_email", Shapes.TEXT),
                            body.optional("role", Shapes.word("admin", "user")));
            if (wanted.userId == null && wanted.email == null) {
                throw Refused.badRequest("user_id or user_email must be given.", "user_id");
            }
            return wanted;
        }
    }

    /** {@code POST /team/member_add}. */
    JsonNode add(Exchange exchange) {
        Body body = exchange.body();
        String teamId = body.required("team_id", Shapes.ID);
        List<Body> bodies =
                body.isArray("member")
                        ? body.objects("member", MEMBERS_MAX)
                        : List.of(body.object("member"));
        List<Wanted> wanted = bodies.stream().map(Wanted::of).toList();
        Long budget = body.optional("max_budget_in_team", Shapes.DOLLARS);
        return exchange.change(
                accounts,
                (change, authority) -> {
                    Record team = References.lock(change, AccountKind.TEAM, teamId, "team_id");
                    requireManager(authority, teamId);
                    ArrayNode users = Json.NODES.arrayNode();
                    ArrayNode memberships = Json.NODES.arrayNode();
                    for (Wanted one : wanted) {
                        Record user = findOrCreate(change, authority, one);
                        String userId = user.get(ACCOUNT_USERS.USER_ID);
                        if (isMember(change.sql(), teamId, userId)) {
                            throw Refused.alreadyInTeam(userId);
                        }
                        Record now = join(change, user, teamId, one.role(), budget);
                        users.add(view.one(change.sql(), AccountKind.USER, now));
                        memberships.add(
                                AccountView.membership(membership(change.sql(), teamId, userId)));
                    }
                    ObjectNode answer = view.one(change.sql(), AccountKind.TEAM, team);
                    answer.set("updated_users", users);
                    answer.set("updated_team_memberships", memberships);
                    return answer;
                });
    }

    /** Makes somebody a member; his user record, which says so, gets a new version. */
    static Record join(
            AccountTransaction change,
            Record user,
            String teamId,
            @Nullable String role,
            @Nullable Long budgetPico) {
        String userId = user.get(ACCOUNT_USERS.USER_ID);
        String asRole = role == null ? "user" : role;
        change.sql()
                .insertInto(ACCOUNT_TEAM_MEMBERS)
                .set(ACCOUNT_TEAM_MEMBERS.TEAM_ID, teamId)
                .set(ACCOUNT_TEAM_MEMBERS.USER_ID, userId)
                .set(ACCOUNT_TEAM_MEMBERS.ROLE, asRole)
                .set(ACCOUNT_TEAM_MEMBERS.MAX_BUDGET_PICO, budgetPico)
                .set(ACCOUNT_TEAM_MEMBERS.JOINED_AT, change.now())
                .execute();
        ObjectNode is = Json.object();
        is.set("team", AccountView.membership(membership(change.sql(), teamId, userId)));
        return change.touch(AccountKind.USER, user, Json.object(), is);
    }

    /** {@code POST /team/member_update}. */
    JsonNode update(Exchange exchange) {
        Body body = exchange.body();
        String teamId = body.required("team_id", Shapes.ID);
        Wanted wanted = Wanted.of(body);
        var changes = new Changes();
        if (wanted.role() != null) {
            changes.set(ACCOUNT_TEAM_MEMBERS.ROLE, wanted.role());
        }
        if (body.has("max_budget_in_team")) {
            changes.set(
                    ACCOUNT_TEAM_MEMBERS.MAX_BUDGET_PICO,
                    body.optional("max_budget_in_team", Shapes.DOLLARS));
        }
        if (body.has("tpm_limit")) {
            changes.set(ACCOUNT_TEAM_MEMBERS.TPM_LIMIT, body.optional("tpm_limit", Shapes.COUNT));
        }
        if (body.has("rpm_limit")) {
            changes.set(ACCOUNT_TEAM_MEMBERS.RPM_LIMIT, body.optional("rpm_limit", Shapes.COUNT));
        }
        return exchange.change(
                accounts,
                (change, authority) -> {
                    References.lock(change, AccountKind.TEAM, teamId, "team_id");
                    requireManager(authority, teamId);
                    Record user = find(change, wanted, teamId);
                    String userId = user.get(ACCOUNT_USERS.USER_ID);
                    JsonNode was = AccountView.membership(membership(change.sql(), teamId, userId));
                    if (!changes.isEmpty()) {
                        change.updateMember(teamId, userId, changes);
                    }
                    JsonNode is = AccountView.membership(membership(change.sql(), teamId, userId));
                    change.touch(AccountKind.USER, user, named("team", was), named("team", is));
                    ObjectNode answer =
                            Json.object()
                                    .put("team_id", teamId)
                                    .put("user_id", userId)
                                    .put("user_email", user.get(ACCOUNT_USERS.USER_EMAIL));
                    JsonNode limits = is.path("litellm_budget_table");
                    answer.set("role", is.path("role"));
                    answer.set("max_budget_in_team", limits.path("max_budget"));
                    answer.set("tpm_limit", limits.path("tpm_limit"));
                    answer.set("rpm_limit", limits.path("rpm_limit"));
                    return answer;
                });
    }

    /** {@code POST /team/member_delete}: his keys of this team are deleted with it. */
    JsonNode delete(Exchange exchange) {
        Body body = exchange.body();
        String teamId = body.required("team_id", Shapes.ID);
        Wanted wanted = Wanted.of(body);
        return exchange.change(
                accounts,
                (change, authority) -> {
                    Record team = References.lock(change, AccountKind.TEAM, teamId, "team_id");
                    requireManager(authority, teamId);
                    leave(change, find(change, wanted, teamId), teamId);
                    return view.one(change.sql(), AccountKind.TEAM, team);
                });
    }

    private static void leave(AccountTransaction change, Record user, String teamId) {
        String userId = user.get(ACCOUNT_USERS.USER_ID);
        change.sql()
                .selectFrom(ACCOUNT_KEYS)
                .where(ACCOUNT_KEYS.USER_ID.eq(userId).and(ACCOUNT_KEYS.TEAM_ID.eq(teamId)))
                .orderBy(ACCOUNT_KEYS.TOKEN)
                .forUpdate()
                .fetch()
                .forEach(key -> change.delete(AccountKind.KEY, key));
        JsonNode was = AccountView.membership(membership(change.sql(), teamId, userId));
        change.sql()
                .deleteFrom(ACCOUNT_TEAM_MEMBERS)
                .where(
                        ACCOUNT_TEAM_MEMBERS
                                .TEAM_ID
                                .eq(teamId)
                                .and(ACCOUNT_TEAM_MEMBERS.USER_ID.eq(userId)))
                .execute();
        change.touch(AccountKind.USER, user, named("team", was), Json.object());
    }

    static boolean isMember(DSLContext sql, String teamId, String userId) {
        return sql.fetchExists(
                ACCOUNT_TEAM_MEMBERS,
                ACCOUNT_TEAM_MEMBERS
                        .TEAM_ID
                        .eq(teamId)
                        .and(ACCOUNT_TEAM_MEMBERS.USER_ID.eq(userId)));
    }

    /** The user with an email, whatever its case. */
    static @Nullable Record byEmail(DSLContext sql, String email) {
        return sql.selectFrom(ACCOUNT_USERS)
                .where(lower(ACCOUNT_USERS.USER_EMAIL).eq(email.toLowerCase(Locale.ROOT)))
                .fetchOne();
    }

    /** New versions of the members of a team, whose record says what the team gives them. */
    static void touchAll(AccountTransaction change, String teamId, ObjectNode was, ObjectNode is) {
        List<Record> users = new ArrayList<>();
        change.sql()
                .select(ACCOUNT_USERS.fields())
                .from(ACCOUNT_USERS)
                .join(ACCOUNT_TEAM_MEMBERS)
                .on(ACCOUNT_TEAM_MEMBERS.USER_ID.eq(ACCOUNT_USERS.USER_ID))
                .where(ACCOUNT_TEAM_MEMBERS.TEAM_ID.eq(teamId))
                .orderBy(ACCOUNT_USERS.USER_ID)
                .forEach(users::add);
        users.forEach(user -> change.touch(AccountKind.USER, user, was, is));
    }

    private static void requireManager(Authority authority, String teamId) {
        authority.requireWriter();
        if (!authority.isAdmin() && !authority.isAdminOf(teamId)) {
            throw Refused.forbidden("Only an admin of the team may do this.");
        }
    }

    /** A proxy admin may name somebody who is not there yet, as LiteLLM allows it. */
    private static Record findOrCreate(
            AccountTransaction change, Authority authority, Wanted wanted) {
        Record user = find(change, wanted);
        if (user != null) {
            return user;
        }
        if (!authority.isAdmin()) {
            throw Refused.notFound("User", "user_id");
        }
        String userId = wanted.userId() == null ? UUID.randomUUID().toString() : wanted.userId();
        var fields =
                new Changes()
                        .set(ACCOUNT_USERS.USER_ID, userId)
                        .set(ACCOUNT_USERS.USER_EMAIL, wanted.email())
                        .set(ACCOUNT_USERS.USER_ROLE, "internal_user");
        return change.create(AccountKind.USER, fields);
    }

    private static Record find(AccountTransaction change, Wanted wanted, String teamId) {
        Record user = find(change, wanted);
        if (user == null || !isMember(change.sql(), teamId, user.get(ACCOUNT_USERS.USER_ID))) {
            throw Refused.notFound("Member of the team", "user_id");
        }
        return user;
    }

    private static @Nullable Record find(AccountTransaction change, Wanted wanted) {
        if (wanted.userId() != null) {
            return change.find(AccountKind.USER, wanted.userId()).orElse(null);
        }
        return byEmail(change.sql(), String.valueOf(wanted.email()));
    }

    private static Record membership(DSLContext sql, String teamId, String userId) {
        return sql.selectFrom(ACCOUNT_TEAM_MEMBERS)
                .where(
                        ACCOUNT_TEAM_MEMBERS
                                .TEAM_ID
                                .eq(teamId)
                                .and(ACCOUNT_TEAM_MEMBERS.USER_ID.eq(userId)))
                .fetchSingle();
    }

    private static ObjectNode named(String name, JsonNode value) {
        return Json.object().set(name, value);
    }
}

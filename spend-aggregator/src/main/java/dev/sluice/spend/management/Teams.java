package dev.sluice.spend.management;

import static dev.sluice.spend.db.Tables.ACCOUNT_KEYS;
import static dev.sluice.spend.db.Tables.ACCOUNT_TEAMS;
import static dev.sluice.spend.db.Tables.ACCOUNT_TEAM_MEMBERS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.spend.accounts.AccountKind;
import dev.sluice.spend.accounts.AccountTransaction;
import dev.sluice.spend.accounts.Accounts;
import dev.sluice.spend.accounts.Changes;
import dev.sluice.spend.accounts.Json;
import dev.sluice.spend.accounts.Shapes;

import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

/** {@code /team/*}, but for the members. */
final class Teams {

    private static final AccountKind KIND = AccountKind.TEAM;
    private static final int DELETE_MAX = 100;

    /** What an admin of the team may change of it; its limits are not his. */
    private static final Set<String> TEAM_ADMINS_FIELDS =
            Set.of("team_alias", "metadata", "team_member_permissions");

    private final Accounts accounts;
    private final AccountView view;
    private final Lists lists;
    private final Body defaults;

    Teams(Accounts accounts, AccountView view, Body defaults) {
        this.accounts = accounts;
        this.view = view;
        this.defaults = defaults;
        lists = new Lists(view);
    }

    /** {@code POST /team/new}. */
    JsonNode create(Exchange exchange) {
        Body body = exchange.body();
        body.addAbsent(defaults);
        String named = body.optional("team_id", Shapes.TEAM_ID);
        String id = named == null ? UUID.randomUUID().toString() : named;
        List<Member> members =
                body.objects("members_with_roles", Members.MEMBERS_MAX).stream()
                        .map(Member::of)
                        .toList();
        Changes fields = body.changes(KIND).set(ACCOUNT_TEAMS.TEAM_ID, id);
        return exchange.change(
                accounts,
                (change, authority) -> {
                    authority.requireAdmin();
                    DSLContext sql = change.sql();
                    References.requireFree(sql, KIND, id, "team_id");
                    requireReferences(sql, fields);
                    Spending.take(body, KIND, fields, change.now());
                    Record team = change.create(KIND, fields);
                    for (Member member : members) {
                        Record user =
                                References.lock(
                                        change, AccountKind.USER, member.userId(), "user_id");
                        if (Members.isMember(sql, id, member.userId())) {
                            throw Refused.alreadyInTeam(member.userId());
                        }
                        Members.join(change, user, id, member.role(), null);
                    }
                    return view.one(sql, KIND, team);
                });
    }

    private record Member(String userId, @Nullable String role) {

        static Member of(Body body) {
            return new Member(
                    body.required("user_id", Shapes.ID),
                    body.optional("role", Shapes.word("admin", "user")));
        }
    }

    /** {@code POST /team/update}. */
    JsonNode update(Exchange exchange) {
        Body body = exchange.body();
        String id = body.required("team_id", Shapes.ID);
        Changes fields = body.changes(KIND);
        Set<String> names = body.names();
        names.remove("team_id");
        return exchange.change(
                accounts,
                (change, authority) -> {
                    authority.requireWriter();
                    Record before = References.lock(change, KIND, id, "team_id");
                    if (!authority.isAdmin()) {
                        requireTeamAdmin(authority, id, names);
                    }
                    requireReferences(change.sql(), fields);
                    Spending.take(body, KIND, fields, change.now());
                    Record team = change.update(KIND, before, fields);
                    touchMembers(change, before, team);
                    ObjectNode answer = Json.object().put("team_id", id);
                    answer.set("data", view.one(change.sql(), KIND, team));
                    return answer;
                });
    }

    private static void requireTeamAdmin(Authority authority, String id, Set<String> names) {
        if (!authority.isAdminOf(id)) {
            throw Refused.forbidden("Only an admin of the team may do this.");
        }
        names.stream()
                .filter(name -> !TEAM_ADMINS_FIELDS.contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw Refused.forbidden(
                            "%s is not a team admin's to set.".formatted(name), name);
                });
    }

    /** What the team gives each member is part of the members' own records. */
    private static void touchMembers(AccountTransaction change, Record before, Record after) {
        List<Field<?>> given =
                List.of(
                        ACCOUNT_TEAMS.TEAM_MEMBER_BUDGET_PICO,
                        ACCOUNT_TEAMS.TEAM_MEMBER_RPM_LIMIT,
                        ACCOUNT_TEAMS.TEAM_MEMBER_TPM_LIMIT,
                        ACCOUNT_TEAMS.BUDGET_DURATION);
        boolean differs =
                given.stream()
                        .anyMatch(column -> !Objects.equals(before.get(column), after.get(column)));
        if (differs) {
            String id = after.get(ACCOUNT_TEAMS.TEAM_ID);
            Members.touchAll(change, id, Json.object(), Json.object().put("team", id));
        }
    }

    /** {@code POST /team/block}. */
    JsonNode block(Exchange exchange) {
        return block(exchange, true);
    }

    /** {@code POST /team/unblock}. */
    JsonNode unblock(Exchange exchange) {
        return block(exchange, false);
    }

    private JsonNode block(Exchange exchange, boolean blocked) {
        String id = exchange.body().required("team_id", Shapes.ID);
        return exchange.change(
                accounts,
                (change, authority) -> {
                    authority.requireAdmin();
                    Record team = References.lock(change, KIND, id, "team_id");
                    var fields = new Changes().set(ACCOUNT_TEAMS.BLOCKED, blocked);
                    return view.one(change.sql(), KIND, change.update(KIND, team, fields));
                });
    }

    /** {@code POST /team/delete}: its keys are deleted with it. */
    JsonNode delete(Exchange exchange) {
        List<String> ids = Bulk.ids(exchange.body(), "team_ids", DELETE_MAX);
        return exchange.change(
                accounts,
                (change, authority) -> {
                    authority.requireAdmin();
                    for (String id : ids) {
                        delete(change, References.lock(change, KIND, id, "team_ids"), id);
                    }
                    ObjectNode answer = Json.object();
                    answer.set("deleted_teams", Json.texts(ids));
                    return answer;
                });
    }

    private static void delete(AccountTransaction change, Record team, String id) {
        change.sql()
                .selectFrom(ACCOUNT_KEYS)
                .where(ACCOUNT_KEYS.TEAM_ID.eq(id))
                .orderBy(ACCOUNT_KEYS.TOKEN)
                .forUpdate()
                .fetch()
                .forEach(key -> change.delete(AccountKind.KEY, key));
        List<String> members =
                change.sql()
                        .deleteFrom(ACCOUNT_TEAM_MEMBERS)
                        .where(ACCOUNT_TEAM_MEMBERS.TEAM_ID.eq(id))
                        .returning(ACCOUNT_TEAM_MEMBERS.USER_ID)
                        .fetch(ACCOUNT_TEAM_MEMBERS.USER_ID);
        for (String userId : new LinkedHashSet<>(members)) {
            change.find(AccountKind.USER, userId)
                    .ifPresent(user ->
                            change.touch(
                                    AccountKind.USER,
                                    user,
                                    Json.object().put("team", id),
                                    Json.object()));
        }
        change.delete(KIND, team);
    }

    /** {@code GET /team/info}: for its members, too, and for its keys. */
    JsonNode info(Exchange exchange) {
        String id = exchange.only("team_id").required("team_id");
        return accounts.read(sql -> {
            Authority authority = Authority.of(sql, exchange.caller());
            Record team = References.read(sql, KIND, id, "team_id");
            requireReader(authority, id);
            ObjectNode answer = Json.object().put("team_id", id);
            answer.set("team_info", view.one(sql, KIND, team));
            answer.set("keys", keys(sql, authority, id));
            ArrayNode memberships = answer.putArray("team_memberships");
            sql.selectFrom(ACCOUNT_TEAM_MEMBERS)
                    .where(ACCOUNT_TEAM_MEMBERS.TEAM_ID.eq(id))
                    .orderBy(ACCOUNT_TEAM_MEMBERS.USER_ID)
                    .limit(Members.MEMBERS_MAX)
                    .forEach(row -> memberships.add(AccountView.membership(row)));
            return answer;
        });
    }

    private static void requireReader(Authority authority, String id) {
        boolean reads =
                authority.readsAll()
                        || authority.isMemberOf(id)
                        || (authority.key() != null && id.equals(authority.key().getTeamId()));
        if (!reads) {
            throw Refused.forbidden("You are not a member of the team.", "team_id");
        }
    }

    /** A plain member sees his own keys only; the newest hundred. */
    private JsonNode keys(DSLContext sql, Authority authority, String id) {
        Condition which = ACCOUNT_KEYS.TEAM_ID.eq(id);
        if (!authority.readsAll() && !authority.isAdminOf(id)) {
            which =
                    authority.userId() == null
                            ? which.and(ACCOUNT_KEYS.TOKEN.eq(authority.caller().keyHash()))
                            : which.and(ACCOUNT_KEYS.USER_ID.eq(authority.userId()));
        }
        return view.array(
                sql,
                AccountKind.KEY,
                sql.selectFrom(ACCOUNT_KEYS)
                        .where(which)
                        .orderBy(ACCOUNT_KEYS.CREATED_AT.desc(), ACCOUNT_KEYS.TOKEN)
                        .limit(Page.SIZE_MAX)
                        .fetch());
    }

    /** {@code GET /team/list}: an array. */
    JsonNode list(Exchange exchange) {
        exchange.only("user_id", "organization_id", "page", "page_size");
        return accounts.read(sql -> lists.array(sql, KIND, which(sql, exchange), exchange));
    }

    /** {@code GET /v2/team/list}: pages. */
    JsonNode listPaged(Exchange exchange) {
        exchange.only("user_id", "organization_id", "team_id", "team_alias", "page", "page_size");
        return accounts.read(
                sql -> lists.paged(sql, KIND, which(sql, exchange), exchange, "teams"));
    }

    private static Condition which(DSLContext sql, Exchange exchange) {
        Authority authority = Authority.of(sql, exchange.caller());
        List<Condition> filters = new ArrayList<>();
        String userId = exchange.parameter("user_id");
        if (!authority.readsAll()) {
            if (userId != null && !authority.is(userId)) {
                throw Refused.forbidden("You may list your own teams only.", "user_id");
            }
            filters.add(ACCOUNT_TEAMS.TEAM_ID.in(authority.teams()));
        } else if (userId != null) {
            filters.add(
                    ACCOUNT_TEAMS.TEAM_ID.in(
                            DSL.select(ACCOUNT_TEAM_MEMBERS.TEAM_ID)
                                    .from(ACCOUNT_TEAM_MEMBERS)
                                    .where(ACCOUNT_TEAM_MEMBERS.USER_ID.eq(userId))));
        }
        String organizationId = exchange.parameter("organization_id");
        if (organizationId != null) {
            filters.add(ACCOUNT_TEAMS.ORGANIZATION_ID.eq(organizationId));
        }
        String teamId = exchange.parameter("team_id");
        if (teamId != null) {
            filters.add(ACCOUNT_TEAMS.TEAM_ID.eq(teamId));
        }
        String alias = exchange.parameter("team_alias");
        if (alias != null) {
            filters.add(ACCOUNT_TEAMS.TEAM_ALIAS.eq(alias));
        }
        return DSL.and(filters);
    }

    private static void requireReferences(DSLContext sql, Changes fields) {
        References.require(
                sql,
                fields,
                ACCOUNT_TEAMS.ORGANIZATION_ID,
                AccountKind.ORGANIZATION,
                "organization_id");
        References.require(sql, fields, ACCOUNT_TEAMS.BUDGET_ID, AccountKind.BUDGET, "budget_id");
    }
}

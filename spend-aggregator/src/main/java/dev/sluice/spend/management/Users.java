package dev.sluice.spend.management;

import static dev.sluice.spend.db.Tables.ACCOUNT_KEYS;
import static dev.sluice.spend.db.Tables.ACCOUNT_TEAMS;
import static dev.sluice.spend.db.Tables.ACCOUNT_TEAM_MEMBERS;
import static dev.sluice.spend.db.Tables.ACCOUNT_USERS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.spend.accounts.AccountDefaults;
import dev.sluice.spend.accounts.AccountKind;
import dev.sluice.spend.accounts.AccountTransaction;
import dev.sluice.spend.accounts.Accounts;
import dev.sluice.spend.accounts.Changes;
import dev.sluice.spend.accounts.Json;
import dev.sluice.spend.accounts.Money;
import dev.sluice.spend.accounts.Shapes;

import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;

/** {@code /user/*}: for proxy admins, but for what a user may see of himself. */
final class Users {

    private static final AccountKind KIND = AccountKind.USER;
    private static final int DELETE_MAX = 100;
    private static final String USUAL_ROLE = "internal_user";
    private static final SecureRandom RANDOM = new SecureRandom();

    /** What in a body for a user is meant for his first key. */
    private static final Set<String> KEYS_FIELDS =
            Set.of("key_alias", "aliases", "allowed_routes", "allowed_cache_controls", "tags");

    private final Accounts accounts;
    private final AccountView view;
    private final Keys keys;
    private final Lists lists;
    private final Body defaults;
    private final @Nullable Long usualBudgetPico;
    private final @Nullable String usualBudgetDuration;

    Users(Accounts accounts, AccountView view, Keys keys, AccountDefaults config) {
        this.accounts = accounts;
        this.view = view;
        this.keys = keys;
        lists = new Lists(view);
        defaults = Body.of(config.user());
        usualBudgetPico =
                config.maxInternalUserBudget() == null
                        ? null
                        : Money.pico(config.maxInternalUserBudget())
                                .orElseThrow(() ->
                                        new IllegalArgumentException(
                                                "max_internal_user_budget is no amount of USD"));
        usualBudgetDuration = config.internalUserBudgetDuration();
    }

    /** {@code POST /user/new}: with a key of his own, unless the call says otherwise. */
    JsonNode create(Exchange exchange) {
        Body body = exchange.body();
        body.addAbsent(defaults);
        String named = body.optional("user_id", Shapes.ID);
        String id = named == null ? UUID.randomUUID().toString() : named;
        String[] teams = body.optional("teams", Shapes.TEXTS);
        Boolean wantsKey = body.optional("auto_create_key", Shapes.FLAG);
        Changes fields = body.changes(KIND).set(ACCOUNT_USERS.USER_ID, id);
        KeyRequest request = keyOf(body, id);
        fields.setIfAbsent(ACCOUNT_USERS.USER_ROLE, USUAL_ROLE);
        giveUsualBudget(fields);
        return exchange.change(
                accounts,
                (change, authority) -> {
                    authority.requireAdmin();
                    DSLContext sql = change.sql();
                    References.requireFree(sql, KIND, id, "user_id");
                    requireReferences(sql, fields, null);
                    Spending.take(body, KIND, fields, change.now());
                    Record user = change.create(KIND, fields);
                    if (teams != null) {
                        user = join(change, user, teams);
                    }
                    ObjectNode answer = view.one(sql, KIND, user);
                    if (!Boolean.FALSE.equals(wantsKey)) {
                        KeyText key = KeyText.random(RANDOM);
                        Record row = keys.create(change, authority, key, request);
                        answer.put("key", key.text()).put("token", key.hash());
                        AccountView.putTime(answer, "expires", row.get(ACCOUNT_KEYS.EXPIRES));
                    } else {
                        answer.putNull("key");
                    }
                    return answer;
                });
    }

    /** The limits in the body are the user's; the key has what belongs to keys only. */
    private static KeyRequest keyOf(Body body, String userId) {
        KeyRequest request = KeyRequest.of(body, KEYS_FIELDS::contains);
        request.fields().set(ACCOUNT_KEYS.USER_ID, userId);
        return new KeyRequest(request.fields(), request.duration(), request.setsDuration(), null);
    }

    private void giveUsualBudget(Changes fields) {
        String role = String.valueOf(fields.get(ACCOUNT_USERS.USER_ROLE));
        if (role.startsWith("internal_user")
                && usualBudgetPico != null
                && fields.get(ACCOUNT_USERS.MAX_BUDGET_PICO) == null
                && fields.get(ACCOUNT_USERS.BUDGET_ID) == null) {
            fields.set(ACCOUNT_USERS.MAX_BUDGET_PICO, usualBudgetPico);
            if (fields.get(ACCOUNT_USERS.BUDGET_DURATION) == null) {
                fields.set(ACCOUNT_USERS.BUDGET_DURATION, usualBudgetDuration);
            }
        }
    }

    private static Record join(AccountTransaction change, Record user, String[] teams) {
        Record joined = user;
        for (String teamId : new LinkedHashSet<>(Arrays.asList(teams))) {
            References.require(change.sql(), AccountKind.TEAM, teamId, "teams");
            joined = Members.join(change, joined, teamId, "user", null);
        }
        return joined;
    }

    /** {@code POST /user/update}: by {@code user_id}, or else by {@code user_email}. */
    JsonNode update(Exchange exchange) {
        Body body = exchange.body();
        String id = body.optional("user_id", Shapes.ID);
        Changes fields = body.changes(KIND);
        String email = fields.get(ACCOUNT_USERS.USER_EMAIL);
        if (id == null && email == null) {
            throw Refused.badRequest("user_id or user_email must be given.", "user_id");
        }
        return exchange.change(
                accounts,
                (change, authority) -> {
                    authority.requireAdmin();
                    String userId = id == null ? idOf(change.sql(), email) : id;
                    Record before = References.lock(change, KIND, userId, "user_id");
                    requireReferences(change.sql(), fields, userId);
                    Spending.take(body, KIND, fields, change.now());
                    Record user = change.update(KIND, before, fields);
                    ObjectNode answer = Json.object().put("user_id", userId);
                    answer.set("data", view.one(change.sql(), KIND, user));
                    return answer;
                });
    }

    private static String idOf(DSLContext sql, @Nullable String email) {
        Record user = email == null ? null : Members.byEmail(sql, email);
        if (user == null) {
            throw Refused.notFound("User", "user_email");
        }
        return user.get(ACCOUNT_USERS.USER_ID);
    }

    /** {@code POST /user/delete}: their keys are deleted with them. Answers how many users. */
    JsonNode delete(Exchange exchange) {
        List<String> ids = Bulk.ids(exchange.body(), "user_ids", DELETE_MAX);
        return exchange.change(
                accounts,
                (change, authority) -> {
                    authority.requireAdmin();
                    for (String id : ids) {
                        Record user = References.lock(change, KIND, id, "user_ids");
                        change.sql()
                                .selectFrom(ACCOUNT_KEYS)
                                .where(ACCOUNT_KEYS.USER_ID.eq(id))
                                .orderBy(ACCOUNT_KEYS.TOKEN)
                                .forUpdate()
                                .fetch()
                                .forEach(key -> change.delete(AccountKind.KEY, key));
                        change.delete(KIND, user);
                    }
                    return Json.NODES.numberNode(ids.size());
                });
    }

    /** {@code GET /user/info}: by {@code user_id}, or who calls. */
    JsonNode info(Exchange exchange) {
        String named = exchange.only("user_id").parameter("user_id");
        return accounts.read(sql -> {
            Authority authority = Authority.of(sql, exchange.caller());
            String id = named == null ? authority.userId() : named;
            if (id == null) {
                throw Refused.badRequest("user_id is missing.", "user_id");
            }
            if (!authority.readsAll() && !authority.is(id)) {
                throw Refused.forbidden("You may see yourself only.", "user_id");
            }
            Record user = References.read(sql, KIND, id, "user_id");
            ObjectNode answer = Json.object().put("user_id", id);
            answer.set("user_info", view.one(sql, KIND, user));
            answer.set("keys", keysOf(sql, id));
            answer.set("teams", teamsOf(sql, id));
            return answer;
        });
    }

    private JsonNode keysOf(DSLContext sql, String id) {
        return view.array(
                sql,
                AccountKind.KEY,
                sql.selectFrom(ACCOUNT_KEYS)
                        .where(ACCOUNT_KEYS.USER_ID.eq(id))
                        .orderBy(ACCOUNT_KEYS.CREATED_AT.desc(), ACCOUNT_KEYS.TOKEN)
                        .limit(Page.SIZE_MAX)
                        .fetch());
    }

    private JsonNode teamsOf(DSLContext sql, String id) {
        return view.array(
                sql,
                AccountKind.TEAM,
                sql.selectFrom(ACCOUNT_TEAMS)
                        .where(
                                ACCOUNT_TEAMS.TEAM_ID.in(
                                        DSL.select(ACCOUNT_TEAM_MEMBERS.TEAM_ID)
                                                .from(ACCOUNT_TEAM_MEMBERS)
                                                .where(ACCOUNT_TEAM_MEMBERS.USER_ID.eq(id))))
                        .orderBy(ACCOUNT_TEAMS.TEAM_ID)
                        .limit(Page.SIZE_MAX)
                        .fetch());
    }

    /** {@code GET /user/list}. */
    JsonNode list(Exchange exchange) {
        exchange.only("role", "user_ids", "user_email", "team", "page", "page_size");
        return accounts.read(sql -> {
            Authority.of(sql, exchange.caller()).requireReader();
            return lists.paged(sql, KIND, which(exchange), exchange, "users");
        });
    }

    private static Condition which(Exchange exchange) {
        List<Condition> filters = new ArrayList<>();
        String role = exchange.parameter("role");
        if (role != null) {
            filters.add(ACCOUNT_USERS.USER_ROLE.eq(role));
        }
        String ids = exchange.parameter("user_ids");
        if (ids != null) {
            filters.add(ACCOUNT_USERS.USER_ID.in(Arrays.asList(ids.split(",", -1))));
        }
        String email = exchange.parameter("user_email");
        if (email != null) {
            filters.add(
                    DSL.lower(ACCOUNT_USERS.USER_EMAIL).contains(email.toLowerCase(Locale.ROOT)));
        }
        String team = exchange.parameter("team");
        if (team != null) {
            filters.add(
                    ACCOUNT_USERS.USER_ID.in(
                            DSL.select(ACCOUNT_TEAM_MEMBERS.USER_ID)
                                    .from(ACCOUNT_TEAM_MEMBERS)
                                    .where(ACCOUNT_TEAM_MEMBERS.TEAM_ID.eq(team))));
        }
        return DSL.and(filters);
    }

    private static void requireReferences(DSLContext sql, Changes fields, @Nullable String id) {
        References.require(sql, fields, ACCOUNT_USERS.BUDGET_ID, AccountKind.BUDGET, "budget_id");
        References.requireUnique(
                sql,
                KIND,
                ACCOUNT_USERS.SSO_USER_ID,
                fields.get(ACCOUNT_USERS.SSO_USER_ID),
                id,
                "sso_user_id");
        String email = fields.get(ACCOUNT_USERS.USER_EMAIL);
        References.requireUnique(
                sql,
                KIND,
                DSL.lower(ACCOUNT_USERS.USER_EMAIL),
                email == null ? null : email.toLowerCase(Locale.ROOT),
                id,
                "user_email");
    }
}

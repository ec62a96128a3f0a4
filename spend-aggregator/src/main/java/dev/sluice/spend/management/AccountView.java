package dev.sluice.spend.management;

import static dev.sluice.spend.db.Tables.ACCOUNT_BUDGETS;
import static dev.sluice.spend.db.Tables.ACCOUNT_KEYS;
import static dev.sluice.spend.db.Tables.ACCOUNT_TEAM_MEMBERS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.schemas.Rfc3339;
import dev.sluice.schemas.accounts.BudgetPeriod;
import dev.sluice.spend.accounts.AccountKind;
import dev.sluice.spend.accounts.AccountSpend;
import dev.sluice.spend.accounts.AccountSpend.Spent;
import dev.sluice.spend.accounts.Attribute;
import dev.sluice.spend.accounts.Json;
import dev.sluice.spend.accounts.Money;

import org.jooq.DSLContext;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Accounts as LiteLLM shows them. */
final class AccountView {

    private final ZoneId timezone;
    private final InstantSource clock;

    AccountView(ZoneId timezone, InstantSource clock) {
        this.timezone = timezone;
        this.clock = clock;
    }

    ObjectNode one(DSLContext sql, AccountKind kind, Record row) {
        return all(sql, kind, List.of(row)).getFirst();
    }

    /** In the order of the rows. */
    List<ObjectNode> all(DSLContext sql, AccountKind kind, List<? extends Record> rows) {
        Instant now = clock.instant();
        Map<String, Spent> spent =
                kind.spends() ? AccountSpend.of(sql, kind, rows, timezone, now) : Map.of();
        Map<String, ObjectNode> budgets = budgets(sql, kind, rows, now);
        List<ObjectNode> views = new ArrayList<>();
        for (Record row : rows) {
            ObjectNode view = fields(kind, row);
            Spent one = spent.get(row.get(kind.id()));
            if (one != null) {
                view.put("spend", one.spent());
                putTime(view, "budget_reset_at", one.period().end());
            }
            String budgetId = row.get(kind.limits().budgetId());
            switch (kind) {
                case BUDGET -> putReset(view, row, now);
                case ORGANIZATION, CUSTOMER ->
                        view.set(
                                "litellm_budget_table",
                                budgetId == null ? own(kind, row) : budgets.get(budgetId));
                default ->
                        view.set(
                                "litellm_budget_table",
                                budgetId == null ? null : budgets.get(budgetId));
            }
            views.add(view);
        }
        addMembers(sql, kind, rows, views);
        return views;
    }

    /** What an account has spent in its period, in picodollars. */
    long spentPico(DSLContext sql, AccountKind kind, Record row) {
        Spent spent =
                AccountSpend.of(sql, kind, List.of(row), timezone, clock.instant())
                        .get(row.get(kind.id()));
        if (spent == null || spent.spent().signum() <= 0) {
            return 0;
        }
        return Money.pico(spent.spent()).orElse(Long.MAX_VALUE);
    }

    /** As an array. */
    ArrayNode array(DSLContext sql, AccountKind kind, List<? extends Record> rows) {
        ArrayNode array = Json.NODES.arrayNode();
        all(sql, kind, rows).forEach(array::add);
        return array;
    }

    private ObjectNode fields(AccountKind kind, Record row) {
        ObjectNode view = Json.object();
        view.put(kind.id().getName(), row.get(kind.id()));
        if (kind == AccountKind.KEY) {
            view.put("key_name", row.get(ACCOUNT_KEYS.KEY_NAME));
            putTime(view, "expires", row.get(ACCOUNT_KEYS.EXPIRES));
        }
        for (Attribute<?> attribute : kind.attributes()) {
            view.set(attribute.name(), attribute.show(row));
        }
        putTime(view, "created_at", row.get("created_at", Instant.class));
        view.put("created_by", row.get("created_by", String.class));
        putTime(view, "updated_at", row.get("updated_at", Instant.class));
        view.put("updated_by", row.get("updated_by", String.class));
        return view;
    }

    private Map<String, ObjectNode> budgets(
            DSLContext sql, AccountKind kind, List<? extends Record> rows, Instant now) {
        List<String> ids = new ArrayList<>();
        if (kind.spends()) {
            rows.stream()
                    .map(row -> row.get(kind.limits().budgetId()))
                    .filter(Objects::nonNull)
                    .forEach(ids::add);
        }
        Map<String, ObjectNode> budgets = new HashMap<>();
        if (!ids.isEmpty()) {
            for (Record row :
                    sql.selectFrom(ACCOUNT_BUDGETS).where(ACCOUNT_BUDGETS.BUDGET_ID.in(ids))) {
                ObjectNode budget = fields(AccountKind.BUDGET, row);
                putReset(budget, row, now);
                budgets.put(row.get(ACCOUNT_BUDGETS.BUDGET_ID), budget);
            }
        }
        return budgets;
    }

    private static ObjectNode own(AccountKind kind, Record row) {
        ObjectNode own = Json.object();
        own.putNull("budget_id");
        for (Attribute<?> attribute : kind.attributes()) {
            if (AccountKind.BUDGET.attributes().stream()
                    .anyMatch(limit -> limit.name().equals(attribute.name()))) {
                own.set(attribute.name(), attribute.show(row));
            }
        }
        return own;
    }

    private void putReset(ObjectNode view, Record row, Instant now) {
        String duration = row.get(ACCOUNT_BUDGETS.BUDGET_DURATION);
        Instant since = row.get(ACCOUNT_BUDGETS.CREATED_AT);
        putTime(view, "budget_reset_at", BudgetPeriod.at(duration, since, timezone, now).end());
    }

    private static void addMembers(
            DSLContext sql, AccountKind kind, List<? extends Record> rows, List<ObjectNode> views) {
        if (kind != AccountKind.TEAM && kind != AccountKind.USER) {
            return;
        }
        var column =
                kind == AccountKind.TEAM
                        ? ACCOUNT_TEAM_MEMBERS.TEAM_ID
                        : ACCOUNT_TEAM_MEMBERS.USER_ID;
        Map<String, List<Record>> members = new HashMap<>();
        sql.selectFrom(ACCOUNT_TEAM_MEMBERS)
                .where(column.in(rows.stream().map(row -> row.get(kind.id())).toList()))
                .orderBy(ACCOUNT_TEAM_MEMBERS.JOINED_AT, ACCOUNT_TEAM_MEMBERS.USER_ID)
                .forEach(row ->
                        members.computeIfAbsent(row.get(column), _ -> new ArrayList<>()).add(row));
        for (ObjectNode view : views) {
            List<Record> own =
                    members.getOrDefault(view.path(kind.id().getName()).textValue(), List.of());
            if (kind == AccountKind.USER) {
                view.set(
                        "teams",
                        Json.texts(
                                own.stream()
                                        .map(row -> row.get(ACCOUNT_TEAM_MEMBERS.TEAM_ID))
                                        .toList()));
            } else {
                addMembers(view, own);
            }
        }
    }

    private static void addMembers(ObjectNode team, List<Record> members) {
        ArrayNode withRoles = team.putArray("members_with_roles");
        ArrayNode all = team.putArray("members");
        ArrayNode admins = team.putArray("admins");
        for (Record member : members) {
            String id = member.get(ACCOUNT_TEAM_MEMBERS.USER_ID);
            String role = member.get(ACCOUNT_TEAM_MEMBERS.ROLE);
            withRoles.addObject().put("user_id", id).put("role", role);
            all.add(id);
            if (role.equals("admin")) {
                admins.add(id);
            }
        }
    }

    /** A member of a team with his own limits, as LiteLLM nests them. */
    static JsonNode membership(Record row) {
        ObjectNode membership = Json.object();
        membership
                .put("user_id", row.get(ACCOUNT_TEAM_MEMBERS.USER_ID))
                .put("team_id", row.get(ACCOUNT_TEAM_MEMBERS.TEAM_ID))
                .put("role", row.get(ACCOUNT_TEAM_MEMBERS.ROLE));
        Long budget = row.get(ACCOUNT_TEAM_MEMBERS.MAX_BUDGET_PICO);
        membership
                .putObject("litellm_budget_table")
                .put("max_budget", budget == null ? null : Money.dollars(budget))
                .put("tpm_limit", row.get(ACCOUNT_TEAM_MEMBERS.TPM_LIMIT))
                .put("rpm_limit", row.get(ACCOUNT_TEAM_MEMBERS.RPM_LIMIT));
        return membership;
    }

    static void putTime(ObjectNode view, String name, @Nullable Instant time) {
        view.put(name, time == null ? null : Rfc3339.format(time));
    }
}

package dev.sluice.spend.accounts;

import static dev.sluice.spend.db.Tables.ACCOUNT_CUSTOMERS;
import static dev.sluice.spend.db.Tables.ACCOUNT_KEYS;
import static dev.sluice.spend.db.Tables.ACCOUNT_ORGANIZATIONS;
import static dev.sluice.spend.db.Tables.ACCOUNT_TEAMS;
import static dev.sluice.spend.db.Tables.ACCOUNT_TEAM_MEMBERS;
import static dev.sluice.spend.db.Tables.ACCOUNT_USERS;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.Account.Membership;
import dev.sluice.schemas.accounts.Account.Role;
import dev.sluice.schemas.accounts.Limits;
import dev.sluice.schemas.accounts.Limits.ModelBudget;

import org.jooq.DSLContext;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** From a row to the account that the ingresses shall know. */
public final class AccountRows {

    private AccountRows() {}

    /** The account of a row. A user's memberships are read from their own table. */
    public static Account account(DSLContext sql, AccountKind kind, Record row) {
        return switch (kind) {
            case KEY -> key(row);
            case TEAM -> team(row);
            case USER -> user(sql, row);
            case ORGANIZATION ->
                    new Account.Organization(
                            row.get(kind.id()),
                            row.get(kind.version()),
                            row.get(ACCOUNT_ORGANIZATIONS.ORGANIZATION_ALIAS),
                            List.of(row.get(ACCOUNT_ORGANIZATIONS.MODELS)),
                            limits(kind, row),
                            row.get(kind.limits().budgetId()));
            case CUSTOMER ->
                    new Account.Customer(
                            row.get(kind.id()),
                            row.get(kind.version()),
                            row.get(ACCOUNT_CUSTOMERS.BLOCKED),
                            limits(kind, row),
                            row.get(kind.limits().budgetId()),
                            row.get(ACCOUNT_CUSTOMERS.ALLOWED_MODEL_REGION),
                            row.get(ACCOUNT_CUSTOMERS.DEFAULT_MODEL));
            case BUDGET ->
                    new Account.Budget(
                            row.get(kind.id()), row.get(kind.version()), limits(kind, row));
        };
    }

    /** A row's own limits. */
    public static Limits limits(AccountKind kind, Record row) {
        LimitColumns columns = kind.limits();
        return new Limits(
                row.get(columns.maxBudget()),
                row.get(columns.budgetDuration()),
                kind.spends() ? row.get(kind.spendSince()) : null,
                kind.spends() ? row.get(kind.spendAtStart()) : null,
                row.get(columns.rpm()),
                row.get(columns.tpm()),
                row.get(columns.maxParallelRequests()),
                map(row.get(columns.modelRpm()), JsonNode::longValue),
                map(row.get(columns.modelTpm()), JsonNode::longValue),
                map(row.get(columns.modelBudgets()), AccountRows::modelBudget));
    }

    private static Account key(Record row) {
        return new Account.ApiKey(
                row.get(ACCOUNT_KEYS.TOKEN),
                row.get(ACCOUNT_KEYS.VERSION),
                row.get(ACCOUNT_KEYS.KEY_NAME),
                row.get(ACCOUNT_KEYS.KEY_ALIAS),
                row.get(ACCOUNT_KEYS.USER_ID),
                row.get(ACCOUNT_KEYS.TEAM_ID),
                row.get(ACCOUNT_KEYS.ORGANIZATION_ID),
                row.get(ACCOUNT_KEYS.EXPIRES),
                row.get(ACCOUNT_KEYS.BLOCKED),
                Arrays.asList(row.get(ACCOUNT_KEYS.MODELS)),
                map(row.get(ACCOUNT_KEYS.ALIASES), JsonNode::textValue),
                Arrays.asList(row.get(ACCOUNT_KEYS.ALLOWED_ROUTES)),
                Arrays.asList(row.get(ACCOUNT_KEYS.TAGS)),
                Arrays.asList(row.get(ACCOUNT_KEYS.ALLOWED_CACHE_CONTROLS)),
                flag(row.get(ACCOUNT_KEYS.METADATA), "disable_fallbacks"),
                limits(AccountKind.KEY, row),
                row.get(ACCOUNT_KEYS.BUDGET_ID));
    }

    private static Account team(Record row) {
        return new Account.Team(
                row.get(ACCOUNT_TEAMS.TEAM_ID),
                row.get(ACCOUNT_TEAMS.VERSION),
                row.get(ACCOUNT_TEAMS.TEAM_ALIAS),
                row.get(ACCOUNT_TEAMS.ORGANIZATION_ID),
                row.get(ACCOUNT_TEAMS.BLOCKED),
                Arrays.asList(row.get(ACCOUNT_TEAMS.MODELS)),
                map(row.get(ACCOUNT_TEAMS.MODEL_ALIASES), JsonNode::textValue),
                Arrays.asList(row.get(ACCOUNT_TEAMS.TAGS)),
                limits(AccountKind.TEAM, row),
                row.get(ACCOUNT_TEAMS.BUDGET_ID));
    }

    private static Account user(DSLContext sql, Record row) {
        String id = row.get(ACCOUNT_USERS.USER_ID);
        List<Membership> memberships =
                sql.select(ACCOUNT_TEAM_MEMBERS.fields())
                        .select(
                                ACCOUNT_TEAMS.TEAM_MEMBER_BUDGET_PICO,
                                ACCOUNT_TEAMS.TEAM_MEMBER_RPM_LIMIT,
                                ACCOUNT_TEAMS.TEAM_MEMBER_TPM_LIMIT,
                                ACCOUNT_TEAMS.BUDGET_DURATION)
                        .from(ACCOUNT_TEAM_MEMBERS)
                        .join(ACCOUNT_TEAMS)
                        .on(ACCOUNT_TEAMS.TEAM_ID.eq(ACCOUNT_TEAM_MEMBERS.TEAM_ID))
                        .where(ACCOUNT_TEAM_MEMBERS.USER_ID.eq(id))
                        .orderBy(ACCOUNT_TEAM_MEMBERS.TEAM_ID)
                        .fetch(AccountRows::membership);
        return new Account.User(
                id,
                row.get(ACCOUNT_USERS.VERSION),
                role(row),
                row.get(ACCOUNT_USERS.BLOCKED),
                Arrays.asList(row.get(ACCOUNT_USERS.MODELS)),
                limits(AccountKind.USER, row),
                row.get(ACCOUNT_USERS.BUDGET_ID),
                memberships);
    }

    /** A user's role. */
    public static Role role(Record row) {
        return Role.valueOf(row.get(ACCOUNT_USERS.USER_ROLE).toUpperCase(Locale.ROOT));
    }

    /** A member's own limits, or what the team sets for each of its members. */
    private static Membership membership(Record row) {
        Long own = row.get(ACCOUNT_TEAM_MEMBERS.MAX_BUDGET_PICO);
        Long ownRpm = row.get(ACCOUNT_TEAM_MEMBERS.RPM_LIMIT);
        Long ownTpm = row.get(ACCOUNT_TEAM_MEMBERS.TPM_LIMIT);
        return new Membership(
                row.get(ACCOUNT_TEAM_MEMBERS.TEAM_ID),
                row.get(ACCOUNT_TEAM_MEMBERS.ROLE).equals("admin"),
                new Limits(
                        own != null ? own : row.get(ACCOUNT_TEAMS.TEAM_MEMBER_BUDGET_PICO),
                        row.get(ACCOUNT_TEAMS.BUDGET_DURATION),
                        row.get(ACCOUNT_TEAM_MEMBERS.JOINED_AT),
                        0L,
                        ownRpm != null ? ownRpm : row.get(ACCOUNT_TEAMS.TEAM_MEMBER_RPM_LIMIT),
                        ownTpm != null ? ownTpm : row.get(ACCOUNT_TEAMS.TEAM_MEMBER_TPM_LIMIT),
                        null,
                        Map.of(),
                        Map.of(),
                        Map.of()));
    }

    private static ModelBudget modelBudget(JsonNode node) {
        return new ModelBudget(
                node.path("limit_pico").longValue(), node.path("duration").textValue());
    }

    /** Whether an object says true there, and not a text or number that looks like it. */
    private static boolean flag(@Nullable JSONB column, String name) {
        return column != null && Json.read(column).path(name).booleanValue();
    }

    private static <T> Map<String, T> map(@Nullable JSONB column, Function<JsonNode, T> value) {
        Map<String, T> map = new HashMap<>();
        if (column != null) {
            Json.read(column)
                    .properties()
                    .forEach(field -> map.put(field.getKey(), value.apply(field.getValue())));
        }
        return map;
    }
}

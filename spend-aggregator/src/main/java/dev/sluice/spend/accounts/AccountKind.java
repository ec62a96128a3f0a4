package dev.sluice.spend.accounts;

import static dev.sluice.spend.db.Tables.ACCOUNT_BUDGETS;
import static dev.sluice.spend.db.Tables.ACCOUNT_CUSTOMERS;
import static dev.sluice.spend.db.Tables.ACCOUNT_KEYS;
import static dev.sluice.spend.db.Tables.ACCOUNT_ORGANIZATIONS;
import static dev.sluice.spend.db.Tables.ACCOUNT_TEAMS;
import static dev.sluice.spend.db.Tables.ACCOUNT_USERS;

import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.Table;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The kinds of accounts: where each is kept, and which fields it has. */
@SuppressWarnings(
        "ImmutableEnumChecker") // jOOQ's tables and columns are immutable, but do not say so
public enum AccountKind {
    KEY("key", ACCOUNT_KEYS, ACCOUNT_KEYS.TOKEN),
    TEAM("team", ACCOUNT_TEAMS, ACCOUNT_TEAMS.TEAM_ID),
    USER("user", ACCOUNT_USERS, ACCOUNT_USERS.USER_ID),
    ORGANIZATION("organization", ACCOUNT_ORGANIZATIONS, ACCOUNT_ORGANIZATIONS.ORGANIZATION_ID),
    CUSTOMER("customer", ACCOUNT_CUSTOMERS, ACCOUNT_CUSTOMERS.USER_ID),
    BUDGET("budget", ACCOUNT_BUDGETS, ACCOUNT_BUDGETS.BUDGET_ID);

    private static final String[] NO_TEXTS = {};
    private static final JSONB NO_NAMES = JSONB.valueOf("{}");

    private final String word;
    private final Table<? extends Record> table;
    private final Field<String> id;
    private final LimitColumns limits;
    private final List<Attribute<?>> attributes;

    AccountKind(String word, Table<? extends Record> table, Field<String> id) {
        this.word = word;
        this.table = table;
        this.id = id;
        limits = LimitColumns.of(table);
        attributes = attributes(word);
    }

    /** What it is called in record keys: {@code key}, {@code team}, ... */
    public String word() {
        return word;
    }

    /** Where its rows are. */
    public Table<? extends Record> table() {
        return table;
    }

    /** The column of its id. */
    public Field<String> id() {
        return id;
    }

    /** Its limits. */
    public LimitColumns limits() {
        return limits;
    }

    /** What management calls may name, besides its id. */
    public List<Attribute<?>> attributes() {
        return attributes;
    }

    /** How the account of a row is called on the topic. */
    public String recordKey(Record row) {
        return recordKey(row.get(id));
    }

    /** How the account with an id is called on the topic. */
    public String recordKey(String ofId) {
        return word + ":" + ofId;
    }

    /** Whether its rows have an own spend; a budget only lends its limits. */
    public boolean spends() {
        return this != BUDGET;
    }

    Field<Long> version() {
        return LimitColumns.column(table, "version", Long.class);
    }

    /** From when its spend counts; not of a budget. */
    public Field<Instant> spendSince() {
        return LimitColumns.column(table, "spend_since", Instant.class);
    }

    /** What it had spent by then, in picodollars; not of a budget. */
    public Field<Long> spendAtStart() {
        return LimitColumns.column(table, "spend_at_start_pico", Long.class);
    }

    private List<Attribute<?>> attributes(String kind) {
        List<Attribute<?>> own = new ArrayList<>();
        switch (kind) {
            case "key" -> addKeys(own);
            case "team" -> addTeams(own);
            case "user" -> addUsers(own);
            case "organization" -> {
                own.add(
                        Attribute.optional(
                                "organization_alias",
                                ACCOUNT_ORGANIZATIONS.ORGANIZATION_ALIAS,
                                Shapes.TEXT));
                own.add(texts("models", ACCOUNT_ORGANIZATIONS.MODELS));
                own.add(object(ACCOUNT_ORGANIZATIONS.METADATA));
            }
            case "customer" -> addCustomers(own);
            default -> {}
        }
        if (!kind.equals("budget")) {
            own.add(Attribute.optional("budget_id", limits.budgetId(), Shapes.ID));
        }
        own.addAll(limits.attributes());
        return List.copyOf(own);
    }

    private static void addKeys(List<Attribute<?>> own) {
        own.add(Attribute.optional("key_alias", ACCOUNT_KEYS.KEY_ALIAS, Shapes.TEXT));
        own.add(Attribute.optional("user_id", ACCOUNT_KEYS.USER_ID, Shapes.ID));
        own.add(Attribute.optional("team_id", ACCOUNT_KEYS.TEAM_ID, Shapes.TEAM_ID));
        own.add(Attribute.optional("organization_id", ACCOUNT_KEYS.ORGANIZATION_ID, Shapes.ID));
        own.add(Attribute.required("blocked", ACCOUNT_KEYS.BLOCKED, Shapes.FLAG, false));
        own.add(texts("models", ACCOUNT_KEYS.MODELS));
        own.add(
                Attribute.required(
                        "aliases", ACCOUNT_KEYS.ALIASES, Shapes.TEXTS_BY_NAME, NO_NAMES));
        own.add(texts("allowed_routes", ACCOUNT_KEYS.ALLOWED_ROUTES));
        own.add(texts("tags", ACCOUNT_KEYS.TAGS));
        own.add(texts("allowed_cache_controls", ACCOUNT_KEYS.ALLOWED_CACHE_CONTROLS));
        own.add(object(ACCOUNT_KEYS.METADATA));
    }

    private static void addTeams(List<Attribute<?>> own) {
        own.add(Attribute.optional("team_alias", ACCOUNT_TEAMS.TEAM_ALIAS, Shapes.TEXT));
        own.add(Attribute.optional("organization_id", ACCOUNT_TEAMS.ORGANIZATION_ID, Shapes.ID));
        own.add(Attribute.required("blocked", ACCOUNT_TEAMS.BLOCKED, Shapes.FLAG, false));
        own.add(texts("models", ACCOUNT_TEAMS.MODELS));
        own.add(
                Attribute.required(
                        "model_aliases",
                        ACCOUNT_TEAMS.MODEL_ALIASES,
                        Shapes.TEXTS_BY_NAME,
                        NO_NAMES));
        own.add(texts("tags", ACCOUNT_TEAMS.TAGS));
        own.add(object(ACCOUNT_TEAMS.METADATA));
        own.add(texts("team_member_permissions", ACCOUNT_TEAMS.TEAM_MEMBER_PERMISSIONS));
        own.add(
                Attribute.optional(
                        "team_member_budget",
                        ACCOUNT_TEAMS.TEAM_MEMBER_BUDGET_PICO,
                        Shapes.DOLLARS));
        own.add(
                Attribute.optional(
                        "team_member_rpm_limit",
                        ACCOUNT_TEAMS.TEAM_MEMBER_RPM_LIMIT,
                        Shapes.COUNT));
        own.add(
                Attribute.optional(
                        "team_member_tpm_limit",
                        ACCOUNT_TEAMS.TEAM_MEMBER_TPM_LIMIT,
                        Shapes.COUNT));
        own.add(
                Attribute.optional(
                        "team_member_key_duration",
                        ACCOUNT_TEAMS.TEAM_MEMBER_KEY_DURATION,
                        Shapes.DURATION));
    }

    private static void addUsers(List<Attribute<?>> own) {
        own.add(Attribute.optional("user_email", ACCOUNT_USERS.USER_EMAIL, Shapes.TEXT));
        own.add(Attribute.optional("user_alias", ACCOUNT_USERS.USER_ALIAS, Shapes.TEXT));
        own.add(
                Attribute.required(
                        "user_role",
                        ACCOUNT_USERS.USER_ROLE,
                        Shapes.word(
                                "proxy_admin",
                                "proxy_admin_viewer",
                                "internal_user",
                                "internal_user_viewer"),
                        "internal_user_viewer"));
        own.add(Attribute.optional("sso_user_id", ACCOUNT_USERS.SSO_USER_ID, Shapes.ID));
        own.add(Attribute.required("blocked", ACCOUNT_USERS.BLOCKED, Shapes.FLAG, false));
        own.add(texts("models", ACCOUNT_USERS.MODELS));
        own.add(object(ACCOUNT_USERS.METADATA));
    }

    private static void addCustomers(List<Attribute<?>> own) {
        own.add(Attribute.optional("alias", ACCOUNT_CUSTOMERS.ALIAS, Shapes.TEXT));
        own.add(Attribute.required("blocked", ACCOUNT_CUSTOMERS.BLOCKED, Shapes.FLAG, false));
        own.add(
                Attribute.optional(
                        "allowed_model_region",
                        ACCOUNT_CUSTOMERS.ALLOWED_MODEL_REGION,
                        Shapes.word("eu", "us")));
        own.add(Attribute.optional("default_model", ACCOUNT_CUSTOMERS.DEFAULT_MODEL, Shapes.TEXT));
    }

    private static Attribute<String[]> texts(String name, Field<String[]> column) {
        return Attribute.required(name, column, Shapes.TEXTS, NO_TEXTS);
    }

    private static Attribute<JSONB> object(Field<JSONB> column) {
        return Attribute.required("metadata", column, Shapes.OBJECT, NO_NAMES);
    }
}

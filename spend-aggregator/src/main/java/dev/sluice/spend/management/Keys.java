package dev.sluice.spend.management;

import static dev.sluice.spend.db.Tables.ACCOUNT_KEYS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.spend.accounts.AccountKind;
import dev.sluice.spend.accounts.AccountTransaction;
import dev.sluice.spend.accounts.Accounts;
import dev.sluice.spend.accounts.Changes;
import dev.sluice.spend.accounts.Json;
import dev.sluice.spend.accounts.Shapes;
import dev.sluice.spend.management.KeyAccess.Standing;

import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SortField;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

import java.security.SecureRandom;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;

/** {@code /key/*}. */
final class Keys {

    private static final AccountKind KIND = AccountKind.KEY;
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int DELETE_MAX = 1_000;

    private final Accounts accounts;
    private final AccountView view;
    private final KeyBounds bounds;
    private final Body defaults;
    private final ZoneId timezone;

    Keys(Accounts accounts, AccountView view, KeyBounds bounds, Body defaults, ZoneId timezone) {
        this.accounts = accounts;
        this.view = view;
        this.bounds = bounds;
        this.defaults = defaults;
        this.timezone = timezone;
    }

    /** {@code POST /key/generate}. */
    JsonNode generate(Exchange exchange) {
        Body body = exchange.body();
        body.addAbsent(defaults);
        String chosen = body.optional("key", Shapes.TEXT);
        KeyText key = chosen == null ? KeyText.random(RANDOM) : KeyText.chosen(chosen);
        KeyRequest request = KeyRequest.of(body);
        return exchange.change(
                accounts,
                (change, authority) ->
                        shownOnce(change, key, create(change, authority, key, request)));
    }

    /** Makes a key, by the rights of the caller. */
    Record create(AccountTransaction change, Authority authority, KeyText key, KeyRequest request) {
        Changes fields = request.fields();
        fields.setIfAbsent(ACCOUNT_KEYS.USER_ID, authority.userId());
        String userId = fields.get(ACCOUNT_KEYS.USER_ID);
        String teamId = fields.get(ACCOUNT_KEYS.TEAM_ID);
        DSLContext sql = change.sql();
        Standing standing = KeyAccess.creator(sql, authority, userId, teamId);
        KeyAccess.requireFields(standing, fields, request.spend());
        requireReferences(sql, fields, null);
        if (sql.fetchExists(ACCOUNT_KEYS, ACCOUNT_KEYS.TOKEN.eq(key.hash()))
                || (standing != Standing.ADMIN
                        && Tombstones.has(sql, KIND.recordKey(key.hash())))) {
            throw Refused.badRequest("This key cannot be used.", "key");
        }
        String lifetime = bounds.duration(request.duration(), true);
        fields.set(ACCOUNT_KEYS.EXPIRES, KeyRequest.expiry(lifetime, change.now(), timezone));
        bounds.hold(fields, true);
        if (standing != Standing.ADMIN) {
            ceiling(sql, authority, userId, teamId).hold(fields, true);
        }
        fields.set(ACCOUNT_KEYS.TOKEN, key.hash());
        fields.set(ACCOUNT_KEYS.KEY_NAME, key.name());
        fields.set(
                ACCOUNT_KEYS.BLOCKED_BY_ADMIN,
                Boolean.TRUE.equals(fields.get(ACCOUNT_KEYS.BLOCKED)) && isAdmins(standing));
        if (request.spend() != null) {
            fields.set(ACCOUNT_KEYS.SPEND_AT_START_PICO, request.spend());
        }
        return change.create(KIND, fields);
    }

    /** {@code POST /key/update}. */
    JsonNode update(Exchange exchange) {
        Body body = exchange.body();
        String hash = KeyText.hashOf(body.required("key", Shapes.TEXT));
        KeyRequest request = KeyRequest.of(body);
        return exchange.change(
                accounts,
                (change, authority) -> {
                    Record row = update(change, authority, hash, request, "/key/update");
                    return named(view.one(change.sql(), KIND, row), hash);
                });
    }

    private Record update(
            AccountTransaction change,
            Authority authority,
            String hash,
            KeyRequest request,
            String route) {
        DSLContext sql = change.sql();
        Record key = References.lock(change, KIND, hash, "key");
        Standing standing = KeyAccess.writer(sql, authority, key, route);
        Changes fields = request.fields();
        KeyAccess.requireFields(standing, fields, request.spend());
        KeyAccess.requireUpdate(standing, fields, request.setsDuration(), key, sql);
        requireReferences(sql, fields, hash);
        if (request.setsDuration()) {
            String lifetime = bounds.duration(request.duration(), true);
            fields.set(ACCOUNT_KEYS.EXPIRES, KeyRequest.expiry(lifetime, change.now(), timezone));
        }
        bounds.hold(fields, false);
        if (standing != Standing.ADMIN) {
            ceiling(sql, authority, key.get(ACCOUNT_KEYS.USER_ID), key.get(ACCOUNT_KEYS.TEAM_ID))
                    .hold(fields, false);
        }
        if (fields.has(ACCOUNT_KEYS.BLOCKED)) {
            fields.set(
                    ACCOUNT_KEYS.BLOCKED_BY_ADMIN,
                    Boolean.TRUE.equals(fields.get(ACCOUNT_KEYS.BLOCKED))
                            && (isAdmins(standing) || key.get(ACCOUNT_KEYS.BLOCKED_BY_ADMIN)));
        }
        if (request.spend() != null) {
            fields.set(ACCOUNT_KEYS.SPEND_SINCE, change.now());
            fields.set(ACCOUNT_KEYS.SPEND_AT_START_PICO, request.spend());
        }
        return change.update(KIND, key, fields);
    }

    /** {@code POST /key/block}. */
    JsonNode block(Exchange exchange) {
        return block(exchange, true);
    }

    /** {@code POST /key/unblock}. */
    JsonNode unblock(Exchange exchange) {
        return block(exchange, false);
    }

    private JsonNode block(Exchange exchange, boolean blocked) {
        String hash = KeyText.hashOf(exchange.body().required("key", Shapes.TEXT));
        var fields = new Changes().set(ACCOUNT_KEYS.BLOCKED, blocked);
        var request = new KeyRequest(fields, null, false, null);
        return exchange.change(
                accounts,
                (change, authority) ->
                        view.one(
                                change.sql(),
                                KIND,
                                update(change, authority, hash, request, "/key/update")));
    }

    /** {@code POST /key/delete}: all of them or none. */
    JsonNode delete(Exchange exchange) {
        Body body = exchange.body();
        String[] keys = body.optional("keys", Shapes.TEXTS);
        String[] aliases = body.optional("key_aliases", Shapes.TEXTS);
        if ((keys == null) == (aliases == null)) {
            throw Refused.badRequest("Either keys or key_aliases must be given.", "keys");
        }
        boolean byAlias = aliases != null;
        List<String> wanted =
                byAlias
                        ? distinct(aliases)
                        : distinct(Arrays.stream(keys).map(KeyText::hashOf).toArray(String[]::new));
        if (wanted.isEmpty() || wanted.size() > DELETE_MAX) {
            throw Refused.badRequest("1 to %d keys at a time.".formatted(DELETE_MAX), "keys");
        }
        return exchange.change(
                accounts,
                (change, authority) -> {
                    authority.requireWriter();
                    List<? extends Record> rows =
                            change.sql()
                                    .selectFrom(ACCOUNT_KEYS)
                                    .where(
                                            (byAlias ? ACCOUNT_KEYS.KEY_ALIAS : ACCOUNT_KEYS.TOKEN)
                                                    .in(wanted))
                                    .orderBy(ACCOUNT_KEYS.TOKEN)
                                    .forUpdate()
                                    .fetch();
                    References.requireAll(wanted, rows, KIND, byAlias ? "key_aliases" : "keys");
                    ObjectNode answer = Json.object();
                    ArrayNode deleted = answer.putArray("deleted_keys");
                    for (Record row : rows) {
                        KeyAccess.writer(change.sql(), authority, row, "/key/delete");
                        change.delete(KIND, row);
                        deleted.add(row.get(ACCOUNT_KEYS.TOKEN));
                    }
                    return answer;
                });
    }

    /**
     * {@code POST /key/regenerate}: a new secret with the same settings; the old one is no more.
     */
    JsonNode regenerate(Exchange exchange) {
        Body body = exchange.body();
        String named = exchange.pathId();
        String given = body.optional("key", Shapes.TEXT);
        if (named == null && given == null) {
            throw Refused.badRequest("key is missing.", "key");
        }
        String old = KeyText.hashOf(named != null ? named : String.valueOf(given));
        String chosen = body.optional("new_key", Shapes.TEXT);
        KeyText key = chosen == null ? KeyText.random(RANDOM) : KeyText.chosen(chosen);
        KeyRequest request = KeyRequest.of(body);
        return exchange.change(
                accounts,
                (change, authority) -> {
                    Record row = update(change, authority, old, request, "/key/regenerate");
                    if (change.sql().fetchExists(ACCOUNT_KEYS, ACCOUNT_KEYS.TOKEN.eq(key.hash()))
                            || Tombstones.has(change.sql(), KIND.recordKey(key.hash()))) {
                        throw Refused.badRequest("This key cannot be used.", "new_key");
                    }
                    return shownOnce(change, key, replaced(change, row, key));
                });
    }

    /** What it has spent goes along: the ledger knows the new key only from now on. */
    private Record replaced(AccountTransaction change, Record row, KeyText key) {
        long spent = view.spentPico(change.sql(), KIND, row);
        change.delete(KIND, row);
        var fields = new Changes();
        for (var column : ACCOUNT_KEYS.fields()) {
            copy(row, column, fields);
        }
        fields.remove(ACCOUNT_KEYS.VERSION);
        fields.set(ACCOUNT_KEYS.TOKEN, key.hash());
        fields.set(ACCOUNT_KEYS.KEY_NAME, key.name());
        fields.set(ACCOUNT_KEYS.SPEND_SINCE, change.now());
        fields.set(ACCOUNT_KEYS.SPEND_AT_START_PICO, spent);
        return change.recreate(KIND, fields);
    }

    private static <T> void copy(Record row, Field<T> column, Changes fields) {
        fields.set(column, row.get(column));
    }

    /** {@code GET /key/info}: by {@code key}, or the key that is called with. */
    JsonNode info(Exchange exchange) {
        String named = exchange.only("key").parameter("key");
        String hash = named == null ? exchange.caller().keyHash() : KeyText.hashOf(named);
        return accounts.read(sql -> {
            Authority authority = Authority.of(sql, exchange.caller());
            Record row = References.read(sql, KIND, hash, "key");
            KeyAccess.requireReader(authority, row);
            ObjectNode answer = Json.object().put("key", hash);
            answer.set("info", withoutToken(view.one(sql, KIND, row)));
            return answer;
        });
    }

    /** {@code GET /key/list}. */
    JsonNode list(Exchange exchange) {
        exchange.only(
                "page",
                "size",
                "user_id",
                "team_id",
                "organization_id",
                "key_hash",
                "key_alias",
                "return_full_object",
                "include_team_keys",
                "include_created_by_keys",
                "sort_by",
                "sort_order");
        Page page = Page.of(exchange, "size", 10);
        boolean full = exchange.flag("return_full_object");
        return accounts.read(sql -> {
            Condition which = which(exchange, Authority.of(sql, exchange.caller()));
            int total = sql.fetchCount(ACCOUNT_KEYS, which);
            List<? extends Record> rows =
                    sql.selectFrom(ACCOUNT_KEYS)
                            .where(which)
                            .orderBy(order(exchange), ACCOUNT_KEYS.TOKEN.asc())
                            .limit(page.size())
                            .offset(page.offset())
                            .fetch();
            ObjectNode answer = Json.object();
            ArrayNode keys = answer.putArray("keys");
            if (full) {
                keys.addAll(view.all(sql, KIND, rows));
            } else {
                rows.forEach(row -> keys.add(row.get(ACCOUNT_KEYS.TOKEN)));
            }
            return answer.put("total_count", total)
                    .put("current_page", page.number())
                    .put("total_pages", page.pages(total));
        });
    }

    private static Condition which(Exchange exchange, Authority authority) {
        String userId = exchange.parameter("user_id");
        String teamId = exchange.parameter("team_id");
        List<Condition> filters = new ArrayList<>();
        if (teamId != null) {
            filters.add(ACCOUNT_KEYS.TEAM_ID.eq(teamId));
        }
        add(filters, ACCOUNT_KEYS.ORGANIZATION_ID, exchange.parameter("organization_id"));
        add(filters, ACCOUNT_KEYS.KEY_ALIAS, exchange.parameter("key_alias"));
        String hash = exchange.parameter("key_hash");
        add(filters, ACCOUNT_KEYS.TOKEN, hash == null ? null : KeyText.hashOf(hash));
        boolean ofTeams = exchange.flag("include_team_keys");
        boolean made = exchange.flag("include_created_by_keys");
        if (!authority.readsAll()) {
            if (userId != null && !authority.is(userId)) {
                throw Refused.forbidden("You may list your own keys only.", "user_id");
            }
            if (teamId == null || !authority.isAdminOf(teamId)) {
                userId = authority.userId();
                if (userId == null) {
                    return ACCOUNT_KEYS
                            .TOKEN
                            .eq(authority.caller().keyHash())
                            .and(DSL.and(filters));
                }
            }
        }
        if (userId != null) {
            Condition of = ACCOUNT_KEYS.USER_ID.eq(userId);
            if (made) {
                // Whoever made a key for another may list it only while it is his to manage.
                of = of.or(ACCOUNT_KEYS.CREATED_BY.eq(userId).and(readable(authority)));
            }
            if (ofTeams) {
                of = of.or(ACCOUNT_KEYS.TEAM_ID.in(managed(authority)));
            }
            filters.add(of);
        }
        return DSL.and(filters);
    }

    private static Condition readable(Authority authority) {
        return authority.readsAll()
                ? DSL.noCondition()
                : ACCOUNT_KEYS.TEAM_ID.in(managed(authority));
    }

    private static List<String> managed(Authority authority) {
        return authority.teams().stream().filter(authority::isAdminOf).toList();
    }

    private static void add(List<Condition> filters, Field<String> column, @Nullable String value) {
        if (value != null) {
            filters.add(column.eq(value));
        }
    }

    private static SortField<?> order(Exchange exchange) {
        String by = exchange.parameter("sort_by");
        Field<?> column =
                switch (by == null ? "created_at" : by) {
                    case "created_at" -> ACCOUNT_KEYS.CREATED_AT;
                    case "updated_at" -> ACCOUNT_KEYS.UPDATED_AT;
                    case "expires" -> ACCOUNT_KEYS.EXPIRES;
                    case "key_alias" -> ACCOUNT_KEYS.KEY_ALIAS;
                    default ->
                            throw Refused.badRequest(
                                    "sort_by is not one of created_at, updated_at, expires,"
                                            + " key_alias.",
                                    "sort_by");
                };
        String order = exchange.parameter("sort_order");
        return switch (order == null ? "desc" : order) {
            case "asc" -> column.asc().nullsLast();
            case "desc" -> column.desc().nullsLast();
            default ->
                    throw Refused.badRequest("sort_order is neither asc nor desc.", "sort_order");
        };
    }

    private static void requireReferences(DSLContext sql, Changes fields, @Nullable String hash) {
        References.require(sql, fields, ACCOUNT_KEYS.USER_ID, AccountKind.USER, "user_id");
        References.require(sql, fields, ACCOUNT_KEYS.TEAM_ID, AccountKind.TEAM, "team_id");
        References.require(
                sql,
                fields,
                ACCOUNT_KEYS.ORGANIZATION_ID,
                AccountKind.ORGANIZATION,
                "organization_id");
        References.require(sql, fields, ACCOUNT_KEYS.BUDGET_ID, AccountKind.BUDGET, "budget_id");
        References.requireUnique(
                sql,
                KIND,
                ACCOUNT_KEYS.KEY_ALIAS,
                fields.get(ACCOUNT_KEYS.KEY_ALIAS),
                hash,
                "key_alias");
    }

    private static KeyCeiling ceiling(
            DSLContext sql, Authority authority, @Nullable String userId, @Nullable String teamId) {
        if (teamId != null) {
            return new KeyCeiling(
                    AccountKind.TEAM,
                    References.read(sql, AccountKind.TEAM, teamId, "team_id"),
                    authority.key());
        }
        Record user =
                userId == null ? null : References.read(sql, AccountKind.USER, userId, "user_id");
        return new KeyCeiling(AccountKind.USER, user, authority.key());
    }

    /** The answer with the secret itself: the only time that anybody sees it. */
    ObjectNode shownOnce(AccountTransaction change, KeyText key, Record row) {
        return named(view.one(change.sql(), KIND, row), key.hash()).put("key", key.text());
    }

    private static ObjectNode named(ObjectNode row, String hash) {
        return row.put("key", hash).put("token_id", hash);
    }

    static ObjectNode withoutToken(ObjectNode row) {
        row.remove("token");
        return row;
    }

    private static boolean isAdmins(Standing standing) {
        return standing == Standing.ADMIN || standing == Standing.TEAM_ADMIN;
    }

    private static List<String> distinct(String[] texts) {
        return List.copyOf(new LinkedHashSet<>(Arrays.asList(texts)));
    }
}

package dev.sluice.spend.management;

import static dev.sluice.spend.db.Tables.ACCOUNT_KEYS;
import static dev.sluice.spend.db.Tables.ACCOUNT_ORGANIZATIONS;
import static dev.sluice.spend.db.Tables.ACCOUNT_TEAMS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;

import dev.sluice.spend.accounts.AccountKind;
import dev.sluice.spend.accounts.Accounts;
import dev.sluice.spend.accounts.Changes;
import dev.sluice.spend.accounts.Json;
import dev.sluice.spend.accounts.Shapes;

import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.DSL;

import java.util.List;
import java.util.UUID;

/** {@code /organization/*}: for proxy admins. */
final class Organizations {

    private static final AccountKind KIND = AccountKind.ORGANIZATION;
    private static final int DELETE_MAX = 100;

    private final Accounts accounts;
    private final AccountView view;
    private final Lists lists;

    Organizations(Accounts accounts, AccountView view) {
        this.accounts = accounts;
        this.view = view;
        lists = new Lists(view);
    }

    /** {@code POST /organization/new}. */
    JsonNode create(Exchange exchange) {
        Body body = exchange.body();
        String named = body.optional("organization_id", Shapes.ID);
        String id = named == null ? UUID.randomUUID().toString() : named;
        Changes fields = body.changes(KIND).set(ACCOUNT_ORGANIZATIONS.ORGANIZATION_ID, id);
        return exchange.change(
                accounts,
                (change, authority) -> {
                    authority.requireAdmin();
                    References.requireFree(change.sql(), KIND, id, "organization_id");
                    requireBudget(change.sql(), fields);
                    Spending.take(body, KIND, fields, change.now());
                    return view.one(change.sql(), KIND, change.create(KIND, fields));
                });
    }

    /** {@code PATCH /organization/update}. */
    JsonNode update(Exchange exchange) {
        Body body = exchange.body();
        String id = body.required("organization_id", Shapes.ID);
        Changes fields = body.changes(KIND);
        return exchange.change(
                accounts,
                (change, authority) -> {
                    authority.requireAdmin();
                    Record before = References.lock(change, KIND, id, "organization_id");
                    requireBudget(change.sql(), fields);
                    Spending.take(body, KIND, fields, change.now());
                    return view.one(change.sql(), KIND, change.update(KIND, before, fields));
                });
    }

    /** {@code DELETE /organization/delete}: not while teams or keys belong to it. */
    JsonNode delete(Exchange exchange) {
        List<String> ids = Bulk.ids(exchange.body(), "organization_ids", DELETE_MAX);
        return exchange.change(
                accounts,
                (change, authority) -> {
                    authority.requireAdmin();
                    ArrayNode deleted = Json.NODES.arrayNode();
                    for (String id : ids) {
                        Record row = References.lock(change, KIND, id, "organization_ids");
                        boolean inUse =
                                change.sql()
                                                .fetchExists(
                                                        ACCOUNT_TEAMS,
                                                        ACCOUNT_TEAMS.ORGANIZATION_ID.eq(id))
                                        || change.sql()
                                                .fetchExists(
                                                        ACCOUNT_KEYS,
                                                        ACCOUNT_KEYS.ORGANIZATION_ID.eq(id));
                        if (inUse) {
                            throw Refused.badRequest(
                                    "Teams or keys belong to the organization.",
                                    "organization_ids");
                        }
                        deleted.add(view.one(change.sql(), KIND, row));
                        change.delete(KIND, row);
                    }
                    return deleted;
                });
    }

    /** {@code GET /organization/info}. */
    JsonNode info(Exchange exchange) {
        String id = exchange.only("organization_id").required("organization_id");
        return accounts.read(sql -> {
            Authority.of(sql, exchange.caller()).requireReader();
            Record row = References.read(sql, KIND, id, "organization_id");
            var answer = view.one(sql, KIND, row);
            answer.set(
                    "teams",
                    view.array(
                            sql,
                            AccountKind.TEAM,
                            sql.selectFrom(ACCOUNT_TEAMS)
                                    .where(ACCOUNT_TEAMS.ORGANIZATION_ID.eq(id))
                                    .orderBy(ACCOUNT_TEAMS.TEAM_ID)
                                    .limit(Page.SIZE_MAX)
                                    .fetch()));
            return answer;
        });
    }

    /** {@code GET /organization/list}. */
    JsonNode list(Exchange exchange) {
        exchange.only("page", "page_size");
        return accounts.read(sql -> {
            Authority.of(sql, exchange.caller()).requireReader();
            return lists.array(sql, KIND, DSL.noCondition(), exchange);
        });
    }

    private static void requireBudget(DSLContext sql, Changes fields) {
        References.require(
                sql, fields, ACCOUNT_ORGANIZATIONS.BUDGET_ID, AccountKind.BUDGET, "budget_id");
    }
}

package dev.sluice.spend.management;

import static dev.sluice.spend.db.Tables.ACCOUNT_CUSTOMERS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.spend.accounts.AccountKind;
import dev.sluice.spend.accounts.Accounts;
import dev.sluice.spend.accounts.Changes;
import dev.sluice.spend.accounts.Json;
import dev.sluice.spend.accounts.Shapes;

import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.DSL;

import java.util.List;

/** {@code /customer/*} and {@code /end_user/*}: for proxy admins. */
final class Customers {

    private static final AccountKind KIND = AccountKind.CUSTOMER;
    private static final int BULK_MAX = 1_000;

    private final Accounts accounts;
    private final AccountView view;
    private final Lists lists;

    Customers(Accounts accounts, AccountView view) {
        this.accounts = accounts;
        this.view = view;
        lists = new Lists(view);
    }

    /** {@code POST /customer/new}. */
    JsonNode create(Exchange exchange) {
        Body body = exchange.body();
        String id = body.required("user_id", Shapes.ID);
        Changes fields = body.changes(KIND).set(ACCOUNT_CUSTOMERS.USER_ID, id);
        requireOneBudget(fields);
        return exchange.change(
                accounts,
                (change, authority) -> {
                    authority.requireAdmin();
                    References.requireFree(change.sql(), KIND, id, "user_id");
                    requireBudget(change.sql(), fields);
                    Spending.take(body, KIND, fields, change.now());
                    return view.one(change.sql(), KIND, change.create(KIND, fields));
                });
    }

    /** {@code POST /customer/update}. */
    JsonNode update(Exchange exchange) {
        Body body = exchange.body();
        String id = body.required("user_id", Shapes.ID);
        Changes fields = body.changes(KIND);
        requireOneBudget(fields);
        return exchange.change(
                accounts,
                (change, authority) -> {
                    authority.requireAdmin();
                    Record before = References.lock(change, KIND, id, "user_id");
                    requireBudget(change.sql(), fields);
                    Spending.take(body, KIND, fields, change.now());
                    return view.one(change.sql(), KIND, change.update(KIND, before, fields));
                });
    }

    /** {@code POST /customer/delete}. */
    JsonNode delete(Exchange exchange) {
        List<String> ids = Bulk.ids(exchange.body(), "user_ids", BULK_MAX);
        return exchange.change(
                accounts,
                (change, authority) -> {
                    authority.requireAdmin();
                    for (String id : ids) {
                        change.delete(KIND, References.lock(change, KIND, id, "user_ids"));
                    }
                    return Json.object()
                            .put("deleted_customers", ids.size())
                            .put("message", "Successfully deleted customers with ids: " + ids);
                });
    }

    /** {@code POST /customer/block}: whoever is not known yet is created, blocked. */
    JsonNode block(Exchange exchange) {
        return block(exchange, true);
    }

    /** {@code POST /customer/unblock}. */
    JsonNode unblock(Exchange exchange) {
        return block(exchange, false);
    }

    private JsonNode block(Exchange exchange, boolean blocked) {
        List<String> ids = Bulk.ids(exchange.body(), "user_ids", BULK_MAX);
        for (String id : ids) {
            if (id.length() > Shapes.ID_LENGTH || id.isBlank()) {
                throw Refused.badRequest("user_ids has an id that is too long.", "user_ids");
            }
        }
        return exchange.change(
                accounts,
                (change, authority) -> {
                    authority.requireAdmin();
                    ObjectNode answer = Json.object();
                    ArrayNode users =
                            answer.putArray(blocked ? "blocked_users" : "unblocked_users");
                    for (String id : ids) {
                        var fields = new Changes().set(ACCOUNT_CUSTOMERS.BLOCKED, blocked);
                        Record before = change.find(KIND, id).orElse(null);
                        if (before == null && !blocked) {
                            throw Refused.notFound("Customer", "user_ids");
                        }
                        Record row =
                                before == null
                                        ? change.create(
                                                KIND, fields.set(ACCOUNT_CUSTOMERS.USER_ID, id))
                                        : change.update(KIND, before, fields);
                        users.add(view.one(change.sql(), KIND, row));
                    }
                    return answer;
                });
    }

    /** {@code GET /customer/info}. */
    JsonNode info(Exchange exchange) {
        String id = exchange.only("end_user_id").required("end_user_id");
        return accounts.read(sql -> {
            Authority.of(sql, exchange.caller()).requireReader();
            return view.one(sql, KIND, References.read(sql, KIND, id, "end_user_id"));
        });
    }

    /** {@code GET /customer/list}. */
    JsonNode list(Exchange exchange) {
        exchange.only("page", "page_size");
        return accounts.read(sql -> {
            Authority.of(sql, exchange.caller()).requireReader();
            return lists.array(sql, KIND, DSL.noCondition(), exchange);
        });
    }

    private static void requireOneBudget(Changes fields) {
        if (fields.get(ACCOUNT_CUSTOMERS.BUDGET_ID) != null
                && fields.get(ACCOUNT_CUSTOMERS.MAX_BUDGET_PICO) != null) {
            throw Refused.badRequest(
                    "Either budget_id or max_budget can be given, not both.", "budget_id");
        }
    }

    private static void requireBudget(DSLContext sql, Changes fields) {
        References.require(
                sql, fields, ACCOUNT_CUSTOMERS.BUDGET_ID, AccountKind.BUDGET, "budget_id");
    }
}

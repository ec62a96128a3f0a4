package dev.sluice.spend.management;

import static dev.sluice.spend.db.Tables.ACCOUNT_BUDGETS;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.spend.accounts.AccountKind;
import dev.sluice.spend.accounts.Accounts;
import dev.sluice.spend.accounts.Changes;
import dev.sluice.spend.accounts.Shapes;

import org.jooq.Record;
import org.jooq.impl.DSL;

import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** {@code /budget/*}: for proxy admins. */
final class Budgets {

    private static final AccountKind KIND = AccountKind.BUDGET;

    private final Accounts accounts;
    private final AccountView view;
    private final Lists lists;

    Budgets(Accounts accounts, AccountView view) {
        this.accounts = accounts;
        this.view = view;
        lists = new Lists(view);
    }

    /** {@code POST /budget/new}. */
    JsonNode create(Exchange exchange) {
        Body body = exchange.body();
        String named = body.optional("budget_id", Shapes.ID);
        String id = named == null ? UUID.randomUUID().toString() : named;
        Changes fields = body.changes(KIND).set(ACCOUNT_BUDGETS.BUDGET_ID, id);
        return exchange.change(
                accounts,
                (change, authority) -> {
                    authority.requireAdmin();
                    References.requireFree(change.sql(), KIND, id, "budget_id");
                    return view.one(change.sql(), KIND, change.create(KIND, fields));
                });
    }

    /** {@code POST /budget/update}: holds for every account with this budget. */
    JsonNode update(Exchange exchange) {
        Body body = exchange.body();
        String id = body.required("budget_id", Shapes.ID);
        Changes fields = body.changes(KIND);
        return exchange.change(
                accounts,
                (change, authority) -> {
                    authority.requireAdmin();
                    Record before = References.lock(change, KIND, id, "budget_id");
                    return view.one(change.sql(), KIND, change.update(KIND, before, fields));
                });
    }

    /** {@code POST /budget/delete}: not while an account has it. */
    JsonNode delete(Exchange exchange) {
        String id = exchange.body().required("id", Shapes.ID);
        return exchange.change(
                accounts,
                (change, authority) -> {
                    authority.requireAdmin();
                    Record row = References.lock(change, KIND, id, "id");
                    boolean inUse =
                            Arrays.stream(AccountKind.values())
                                    .filter(AccountKind::spends)
                                    .anyMatch(kind ->
                                            change.sql()
                                                    .fetchExists(
                                                            kind.table(),
                                                            kind.limits().budgetId().eq(id)));
                    if (inUse) {
                        throw Refused.badRequest("The budget is in use.", "id");
                    }
                    JsonNode shown = view.one(change.sql(), KIND, row);
                    change.delete(KIND, row);
                    return shown;
                });
    }

    /** {@code POST /budget/info}. */
    JsonNode info(Exchange exchange) {
        List<String> ids = Bulk.ids(exchange.body(), "budgets", Page.SIZE_MAX);
        return accounts.read(sql -> {
            Authority.of(sql, exchange.caller()).requireReader();
            List<? extends Record> rows =
                    sql.selectFrom(ACCOUNT_BUDGETS)
                            .where(ACCOUNT_BUDGETS.BUDGET_ID.in(ids))
                            .orderBy(ACCOUNT_BUDGETS.BUDGET_ID)
                            .fetch();
            References.requireAll(ids, rows, KIND, "budgets");
            return view.array(sql, KIND, rows);
        });
    }

    /** {@code GET /budget/list}. */
    JsonNode list(Exchange exchange) {
        exchange.only("page", "page_size");
        return accounts.read(sql -> {
            Authority.of(sql, exchange.caller()).requireReader();
            return lists.array(sql, KIND, DSL.noCondition(), exchange);
        });
    }
}

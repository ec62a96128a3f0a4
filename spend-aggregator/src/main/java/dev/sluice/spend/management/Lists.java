package dev.sluice.spend.management;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.spend.accounts.AccountKind;
import dev.sluice.spend.accounts.Json;

import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;

import java.time.Instant;
import java.util.List;

/** The lists of accounts, in the order in which they were created. */
final class Lists {

    /** LiteLLM answers these as one array; a longer one is refused, not cut off. */
    private static final int ARRAY_MAX = 1_000;

    private final AccountView view;

    Lists(AccountView view) {
        this.view = view;
    }

    /** All accounts that a condition finds, or one page of them where the call says which. */
    JsonNode array(DSLContext sql, AccountKind kind, Condition which, Exchange exchange) {
        if (exchange.parameter("page") != null || exchange.parameter("page_size") != null) {
            Page page = Page.of(exchange, "page_size", Page.SIZE_MAX);
            return view.array(sql, kind, rows(sql, kind, which, page.size(), page.offset()));
        }
        List<? extends Record> rows = rows(sql, kind, which, ARRAY_MAX + 1, 0);
        if (rows.size() > ARRAY_MAX) {
            throw Refused.badRequest(
                    "There are more than %d: give page and page_size.".formatted(ARRAY_MAX),
                    "page");
        }
        return view.array(sql, kind, rows);
    }

    /** One page with its figures. */
    ObjectNode paged(
            DSLContext sql, AccountKind kind, Condition which, Exchange exchange, String name) {
        Page page = Page.of(exchange, "page_size", 25);
        int total = sql.fetchCount(kind.table(), which);
        ObjectNode answer = Json.object();
        answer.set(name, view.array(sql, kind, rows(sql, kind, which, page.size(), page.offset())));
        return answer.put("total", total)
                .put("page", page.number())
                .put("page_size", page.size())
                .put("total_pages", page.pages(total));
    }

    private static List<? extends Record> rows(
            DSLContext sql, AccountKind kind, Condition which, int size, int offset) {
        return sql.selectFrom(kind.table())
                .where(which)
                .orderBy(kind.table().field("created_at", Instant.class), kind.id())
                .limit(size)
                .offset(offset)
                .fetch();
    }
}

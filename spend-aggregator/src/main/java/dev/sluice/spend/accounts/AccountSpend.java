package dev.sluice.spend.accounts;

import static dev.sluice.spend.db.Tables.ACCOUNT_BUDGETS;

import static org.jooq.impl.DSL.val;

import dev.sluice.schemas.accounts.BudgetPeriod;
import dev.sluice.schemas.accounts.Limits;

import org.jooq.DSLContext;
import org.jooq.Record;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What accounts have spent in their budget period, by the ledger. */
public final class AccountSpend {

    private static final int PICO_DIGITS = 12;

    /** Events of the first, broken day; whole days from the daily totals, which are few. */
    private static final String BY_DAYS =
            """
            select a.id,
                   coalesce((select sum(e.cost_pico) from spend_events e
                             where e.%1$s = a.id and e.started_at >= a.since
                               and e.started_at < a.midnight), 0)
                   + coalesce((select sum(d.spend_pico) from daily_user_spend d
                               where d.%2$s = a.id
                                 and d.date >= (a.midnight at time zone 'UTC')::date), 0)
            from (select u.id, u.since,
                         (date_trunc('day', u.since at time zone 'UTC') + interval '1 day')
                             at time zone 'UTC' as midnight
                  from unnest({0}::text[], {1}::timestamptz[]) u (id, since)) a
            """;

    private static final String BY_EVENTS =
            """
            select a.id,
                   coalesce((select sum(e.cost_pico) from spend_events e
                             where e.%1$s = a.id and e.started_at >= a.since), 0)
            from unnest({0}::text[], {1}::timestamptz[]) a (id, since)
            """;

    private AccountSpend() {}

    /**
     * What one account has spent.
     *
     * @param spent US dollars in this period
     * @param period which period that is
     */
    public record Spent(BigDecimal spent, BudgetPeriod period) {}

    /** The spend of accounts of one kind by their id. */
    public static Map<String, Spent> of(
            DSLContext sql,
            AccountKind kind,
            List<? extends Record> rows,
            ZoneId timezone,
            Instant now) {
        Map<String, Limits> budgets = budgets(sql, kind, rows);
        Map<String, BudgetPeriod> periods = new HashMap<>();
        Map<String, BigDecimal> atStart = new HashMap<>();
        for (Record row : rows) {
            String id = row.get(kind.id());
            Limits own = AccountRows.limits(kind, row);
            String budgetId = row.get(kind.limits().budgetId());
            Limits lent = budgetId == null ? null : budgets.get(budgetId);
            Limits effective = lent == null ? own : own.or(lent);
            Instant since = row.get(kind.spendSince());
            BudgetPeriod period = BudgetPeriod.at(effective.budgetDuration(), since, timezone, now);
            periods.put(id, period);
            boolean first = !period.start().isAfter(since);
            atStart.put(
                    id, first ? BigDecimal.valueOf(row.get(kind.spendAtStart())) : BigDecimal.ZERO);
        }
        Map<String, Spent> spent = new HashMap<>();
        ledger(sql, kind, periods)
                .forEach((id, pico) -> {
                    BigDecimal sum = pico.add(atStart.getOrDefault(id, BigDecimal.ZERO));
                    BigDecimal dollars = sum.movePointLeft(PICO_DIGITS).stripTrailingZeros();
                    BudgetPeriod period = periods.get(id);
                    if (period != null) {
                        spent.put(id, new Spent(dollars, period));
                    }
                });
        return spent;
    }

    private static Map<String, Limits> budgets(
            DSLContext sql, AccountKind kind, List<? extends Record> rows) {
        Set<String> ids = new HashSet<>();
        rows.forEach(row -> ids.add(row.get(kind.limits().budgetId())));
        ids.remove(null);
        Map<String, Limits> budgets = new HashMap<>();
        if (!ids.isEmpty()) {
            sql.selectFrom(ACCOUNT_BUDGETS)
                    .where(ACCOUNT_BUDGETS.BUDGET_ID.in(ids))
                    .forEach(row ->
                            budgets.put(
                                    row.getBudgetId(),
                                    AccountRows.limits(AccountKind.BUDGET, row)));
        }
        return budgets;
    }

    private static Map<String, BigDecimal> ledger(
            DSLContext sql, AccountKind kind, Map<String, BudgetPeriod> periods) {
        List<String> ids = new ArrayList<>(periods.keySet());
        OffsetDateTime[] since =
                ids.stream()
                        .map(periods::get)
                        .map(period -> period.start().atOffset(ZoneOffset.UTC))
                        .toArray(OffsetDateTime[]::new);
        Map<String, BigDecimal> spent = new HashMap<>();
        if (!ids.isEmpty()) {
            sql.fetch(query(kind), val(ids.toArray(String[]::new)), val(since))
                    .forEach(row ->
                            spent.put(row.get(0, String.class), row.get(1, BigDecimal.class)));
        }
        return spent;
    }

    private static String query(AccountKind kind) {
        return switch (kind) {
            case KEY -> BY_DAYS.formatted("key_hash", "api_key");
            case USER -> BY_DAYS.formatted("user_id", "user_id");
            case TEAM -> BY_EVENTS.formatted("team_id");
            case ORGANIZATION -> BY_EVENTS.formatted("org_id");
            case CUSTOMER -> BY_EVENTS.formatted("end_user");
            case BUDGET -> throw new IllegalArgumentException("a budget spends nothing itself");
        };
    }
}

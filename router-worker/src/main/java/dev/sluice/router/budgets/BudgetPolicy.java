package dev.sluice.router.budgets;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.accounts.BudgetPeriod;
import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * How budgets are counted where no account says so.
 *
 * @param signingKey what account records are signed with; null: none is believed
 * @param zone whose midnights end periods
 * @param proxyDuration the period of the whole gateway's budget, null: never reset
 * @param endUserBudgetId the budget of end users that have none of their own; null: there is none.
 *     Where no such budget is known, they are counted without a period
 */
public record BudgetPolicy(
        @Nullable Secret signingKey,
        ZoneId zone,
        @Nullable String proxyDuration,
        @Nullable String endUserBudgetId) {

    /** No account is believed, and nothing is ever reset. */
    public static final BudgetPolicy NONE = new BudgetPolicy(null, ZoneOffset.UTC, null, null);

    public BudgetPolicy {
        requireNonNull(zone, "zone is null");
        if (proxyDuration != null && !BudgetPeriod.isDuration(proxyDuration)) {
            throw new IllegalArgumentException(
                    "proxyDuration is %s, not like 30s, 30m, 1h, 30d, 1mo"
                            .formatted(proxyDuration));
        }
    }

    BudgetTerms proxyTerms() {
        return new BudgetTerms(proxyDuration, Instant.EPOCH, 0);
    }
}

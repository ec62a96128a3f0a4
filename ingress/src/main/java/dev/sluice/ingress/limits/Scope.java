package dev.sluice.ingress.limits;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.accounts.BudgetPeriod;
import dev.sluice.schemas.accounts.Limits;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * One thing that limits a call; null is without limit. Worth keeping: scopes that are the same
 * object from call to call are compared faster.
 *
 * @param id the account as {@link dev.sluice.schemas.events.BudgetState} names it
 * @param rpm requests a minute
 * @param tpm tokens a minute
 * @param maxParallel open requests; 0 refuses all
 */
public record Scope(
        ScopeKind kind,
        String id,
        @Nullable Long rpm,
        @Nullable Long tpm,
        @Nullable Long maxParallel,
        @Nullable Budget budget) {

    public Scope {
        requireNonNull(kind, "kind is null");
        requireNonNull(id, "id is null");
    }

    /**
     * What may be spent in one period.
     *
     * @param limitPico picodollars
     * @param duration LiteLLM's word for the period; null: never reset
     * @param since spend before does not count
     * @param spentAtStartPico what was already spent at {@code since}
     */
    public record Budget(
            long limitPico, @Nullable String duration, Instant since, long spentAtStartPico) {

        public Budget {
            requireNonNull(since, "since is null");
            if (duration != null && !BudgetPeriod.isDuration(duration)) {
                throw new IllegalArgumentException("duration is not a budget duration");
            }
        }
    }

    /** The limits of an account, without those for single models. */
    public static Scope of(ScopeKind kind, String id, Limits limits) {
        Long budget = limits.maxBudgetPico();
        Instant since = limits.spendSince();
        Long spent = limits.spendAtStartPico();
        return new Scope(
                kind,
                id,
                limits.rpm(),
                limits.tpm(),
                limits.maxParallelRequests(),
                budget == null
                        ? null
                        : new Budget(
                                budget,
                                limits.budgetDuration(),
                                since == null ? Instant.EPOCH : since,
                                spent == null ? 0 : spent));
    }

    /** Whether nothing here can refuse a call. */
    public boolean isUnlimited() {
        return rpm == null && tpm == null && maxParallel == null && budget == null;
    }
}

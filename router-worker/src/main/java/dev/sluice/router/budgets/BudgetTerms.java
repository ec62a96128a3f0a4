package dev.sluice.router.budgets;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.accounts.BudgetPeriod;
import dev.sluice.schemas.accounts.Limits;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.ZoneId;
import java.util.Objects;

/**
 * How an account's spend is counted.
 *
 * @param duration LiteLLM's word for the period, null: never reset
 * @param since nothing that started before it counts
 * @param atStartPico picodollars that were spent at {@code since}
 */
record BudgetTerms(@Nullable String duration, Instant since, long atStartPico) {

    /** Of an account that nobody told us about: everything counts, for ever. */
    static final BudgetTerms NONE = new BudgetTerms(null, Instant.EPOCH, 0);

    /** The last end that a state can be written with; a later one is as good as never. */
    private static final Instant LAST_END = Instant.parse("9999-12-31T00:00:00Z");

    BudgetTerms {
        requireNonNull(since, "since is null");
    }

    /** The terms of an account's effective limits; a duration nobody understands never resets. */
    static BudgetTerms of(Limits limits) {
        return of(limits, limits.budgetDuration(), spentBefore(limits));
    }

    /** The same with another duration, for a part of the account that began with nothing. */
    static BudgetTerms of(Limits limits, @Nullable String duration) {
        return of(limits, duration, 0);
    }

    private static BudgetTerms of(Limits limits, @Nullable String duration, long atStartPico) {
        return new BudgetTerms(
                duration != null && BudgetPeriod.isDuration(duration) ? duration : null,
                Objects.requireNonNullElse(limits.spendSince(), Instant.EPOCH),
                atStartPico);
    }

    private static long spentBefore(Limits limits) {
        Long atStart = limits.spendAtStartPico();
        return atStart == null ? 0 : atStart;
    }

    /** The period that holds at a time. */
    BudgetPeriod period(ZoneId zone, Instant at) {
        BudgetPeriod period = BudgetPeriod.at(duration, since, zone, at);
        Instant end = period.end();
        return end != null && end.isAfter(LAST_END)
                ? new BudgetPeriod(period.start(), null)
                : period;
    }

    /** What a period begins with: only the first one knows what was spent before. */
    long baseOf(BudgetPeriod period) {
        return period.start().equals(since) ? atStartPico : 0;
    }

    /** Whether others count from the same time and amount, be their periods what they may. */
    boolean beginsLike(BudgetTerms other) {
        return since.equals(other.since) && atStartPico == other.atStartPico;
    }
}

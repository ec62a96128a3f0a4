package dev.sluice.ingress.limits;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.accounts.BudgetPeriod;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Picodollars in a budget's period: what the books show, and on top of it what live ingresses hold
 * that the books do not show yet.
 */
final class BudgetCell extends Cell {

    /** Redis counts in nanodollars, so that nine million dollars are still a whole number there. */
    private static final long UNIT = 1000;

    private static final Duration KEPT = Duration.ofMinutes(10);

    /** The clock is looked at no more often. */
    private static final long CHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Context context;
    private Scope.@Nullable Budget seen;
    private long endMillis;
    private long checkedNanos;
    private volatile long start;

    /**
     * What budgets need to know.
     *
     * @param run this run of this ingress, as {@link dev.sluice.schemas.events.BudgetState} names
     *     it
     * @param zone whose midnights end periods
     */
    record Context(BudgetBases bases, String run, ZoneId zone, InstantSource clock) {}

    BudgetCell(String id, Sharing sharing, Context context) {
        super(LimitKind.BUDGET, id, UNIT, sharing);
        this.context = context;
    }

    @Override
    Span current(@Nullable Span span, Demand newest, long nowNanos) {
        Scope.Budget budget = requireNonNull(newest.scope().budget());
        boolean sameBudget = budget.equals(seen);
        if (span != null && sameBudget && nowNanos - checkedNanos < CHECK_NANOS) {
            return span;
        }
        checkedNanos = nowNanos;
        long millis = context.clock.millis();
        if (span != null && sameBudget && millis < endMillis) {
            return span;
        }
        BudgetPeriod period =
                BudgetPeriod.at(
                        budget.duration(),
                        budget.since(),
                        context.zone,
                        Instant.ofEpochMilli(millis));
        Instant end = period.end();
        seen = budget;
        endMillis = end == null ? Long.MAX_VALUE : end.toEpochMilli();
        start = period.start().toEpochMilli();
        return span != null && span.start == start ? span : new Span(start, nowNanos, nowNanos);
    }

    /** Who was silent for ten seconds is taken for dead, and his use to be in the books. */
    @Override
    boolean leaseHolds(long nowNanos) {
        return !isForgotten(nowNanos);
    }

    @Override
    long unseenShare(Span span, long limit, int ingresses) {
        return reflect(span) + Math.max(0, limit - spent(span)) / ingresses;
    }

    @Override
    long others(Span span) {
        return Math.max(span.othersHeld, bookedByOthers(span));
    }

    @Override
    long bookedByOthers(Span span) {
        return Math.max(0, spent(span) - reflect(span));
    }

    @Override
    boolean firstFits() {
        return true;
    }

    @Override
    Statement statement(Span span, long limit, Statement.Slack slack, long nowNanos) {
        long booked = bookedByOthers(span);
        BudgetBase base = base(span);
        return new Statement(
                'b',
                key(),
                limit / UNIT,
                Math.ceilDiv(span.held(), UNIT),
                Math.ceilDiv(span.leased, UNIT),
                slack,
                span.stated ? 1 : 0,
                0,
                KEPT.toMillis(),
                Math.ceilDiv(booked, UNIT),
                base == null ? Map.of() : base.without(context.run, UNIT));
    }

    @Override
    String key() {
        return kind.letter() + ":" + start + ":" + id;
    }

    @Override
    @Nullable Duration ends(Span span, long nowNanos) {
        return endMillis == Long.MAX_VALUE
                ? null
                : Duration.ofMillis(Math.max(0, endMillis - context.clock.millis()));
    }

    /** What the books show in this period. */
    private long spent(Span span) {
        BudgetBase base = base(span);
        if (base != null) {
            return base.spentPico();
        }
        Scope.Budget budget = requireNonNull(seen);
        return budget.since().toEpochMilli() == span.start ? budget.spentAtStartPico() : 0;
    }

    /** What the books show of this run: at least that much it has used, though it may forget. */
    private long reflect(Span span) {
        BudgetBase base = base(span);
        long reflected = base == null ? 0 : base.of(context.run);
        span.settled = Math.max(span.settled, reflected);
        return reflected;
    }

    private @Nullable BudgetBase base(Span span) {
        BudgetBase base = context.bases.base(id);
        return base == null || base.periodStartMillis() < span.start ? null : base;
    }
}

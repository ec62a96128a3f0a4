package dev.sluice.ingress.limits;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.limits.LimitMetrics.DecidedBy;
import dev.sluice.ingress.limits.Sharing.Verdict;

import io.micrometer.core.instrument.MeterRegistry;

import org.jspecify.annotations.Nullable;

import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The limits of all accounts. Most calls are decided here, by what Redis has granted before; the
 * others wait for Redis once, for all their scopes together.
 */
public final class AccountLimiter implements Limiter {

    private static final Admission UNLIMITED = new Admission.Admitted(Reservation.ofNothing());

    private final Sharing sharing;
    private final ScopeCells cells;
    private final LimitMetrics metrics;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final Runnable onClose;

    AccountLimiter(
            Sharing sharing,
            BudgetCell.Context budgets,
            LimitMetrics metrics,
            LongSupplier nanos,
            int mostScopes,
            Runnable onClose) {
        this.sharing = sharing;
        this.metrics = metrics;
        this.clock = budgets.clock();
        this.nanos = nanos;
        this.cells = new ScopeCells(sharing, budgets, metrics, mostScopes);
        this.onClose = onClose;
    }

    /**
     * For a single ingress: all limits belong to it.
     *
     * @param run {@link dev.sluice.metering.Journal#id}, by which the books name this run
     * @param zone whose midnights end budget periods
     */
    public static AccountLimiter inProcess(
            BudgetStates budgets, String run, ZoneId zone, MeterRegistry registry) {
        return new AccountLimiter(
                new Sharing.Alone(),
                new BudgetCell.Context(budgets, run, zone, InstantSource.system()),
                new LimitMetrics(registry),
                System::nanoTime,
                ScopeCells.MOST_SCOPES,
                () -> {});
    }

    /**
     * For one of several ingresses: limits hold over all that use the same Redis. Starts at once,
     * with or without Redis.
     *
     * @param run {@link dev.sluice.metering.Journal#id}, by which the books name this run
     * @param zone whose midnights end budget periods
     */
    public static AccountLimiter shared(
            RedisAddress redis,
            BudgetStates budgets,
            String run,
            ZoneId zone,
            MeterRegistry registry) {
        return shared(
                new RedisLeaseStore(redis),
                redis.namespace(),
                new BudgetCell.Context(budgets, run, zone, InstantSource.system()),
                new LimitMetrics(registry));
    }

    static AccountLimiter shared(
            LeaseStore store, String namespace, BudgetCell.Context budgets, LimitMetrics metrics) {
        var desk = new LeaseDesk(store, budgets.run(), namespace, metrics, System::nanoTime);
        var limiter =
                new AccountLimiter(
                        desk,
                        budgets,
                        metrics,
                        System::nanoTime,
                        ScopeCells.MOST_SCOPES,
                        desk::close);
        desk.start(limiter.cells);
        return limiter;
    }

    @Override
    public boolean isShared() {
        return sharing.isShared();
    }

    @Override
    public Admission admit(Claim claim) {
        requireNonNull(claim, "claim is null");
        List<Demand> wanted = new ArrayList<>(8);
        cells.demands(claim, wanted);
        if (wanted.isEmpty()) {
            metrics.decided(DecidedBy.NOTHING);
            return UNLIMITED;
        }
        return sharing instanceof Sharing.Alone ? byShare(wanted) : byLeases(wanted);
    }

    @Override
    public List<Remaining> peek(Claim claim) {
        List<Demand> wanted = new ArrayList<>(8);
        cells.demands(claim, wanted);
        long nowNanos = nanos.getAsLong();
        return wanted.stream().map(demand -> demand.cell().peek(demand, nowNanos)).toList();
    }

    private Admission byLeases(List<Demand> wanted) {
        long nowNanos = nanos.getAsLong();
        boolean leasing = sharing.isLeasing();
        if (leasing) {
            for (Demand demand : wanted) {
                if (demand.cell().refuses(demand, nowNanos)) {
                    metrics.decided(DecidedBy.HERE);
                    return refuse(demand, nowNanos);
                }
            }
        }
        Span[] spans = new Span[wanted.size()];
        List<Demand> missing = takeHere(wanted, spans, nowNanos);
        if (missing.isEmpty()) {
            metrics.decided(DecidedBy.HERE);
            return admitted(wanted, spans);
        }
        if (!leasing) {
            giveBack(wanted, spans);
            return byShare(wanted);
        }
        return switch (sharing.ask(missing)) {
            case Verdict.Granted(var granted) -> {
                metrics.decided(DecidedBy.REDIS);
                int next = 0;
                for (int i = 0; i < spans.length; i++) {
                    if (spans[i] == null) {
                        spans[i] = granted.get(next++);
                    }
                }
                yield admitted(wanted, spans);
            }
            case Verdict.Refused(var refusing) -> {
                metrics.decided(DecidedBy.REDIS);
                giveBack(wanted, spans);
                long refusedNanos = nanos.getAsLong();
                refusing.cell().refused(refusing, refusedNanos);
                yield refuse(refusing, refusedNanos);
            }
            case Verdict.Unknown _ -> {
                giveBack(wanted, spans);
                yield byShare(wanted);
            }
        };
    }

    /** What does not fit by what is known here; the others are taken. */
    private static List<Demand> takeHere(List<Demand> wanted, Span[] spans, long nowNanos) {
        List<Demand> missing = List.of();
        for (int i = 0; i < spans.length; i++) {
            Demand demand = wanted.get(i);
            Span span = demand.cell().take(demand, true, nowNanos);
            if (span != null) {
                spans[i] = span;
            } else {
                if (missing.isEmpty()) {
                    missing = new ArrayList<>(spans.length);
                }
                missing.add(demand);
            }
        }
        return missing;
    }

    private Admission byShare(List<Demand> wanted) {
        long nowNanos = nanos.getAsLong();
        metrics.decided(sharing instanceof Sharing.Alone ? DecidedBy.HERE : DecidedBy.SHARE);
        Span[] spans = new Span[wanted.size()];
        for (int i = 0; i < spans.length; i++) {
            Demand demand = wanted.get(i);
            Span span = demand.cell().take(demand, false, nowNanos);
            if (span == null) {
                giveBack(wanted, spans);
                return refuse(demand, nowNanos);
            }
            spans[i] = span;
        }
        return admitted(wanted, spans);
    }

    private static void giveBack(List<Demand> wanted, @Nullable Span[] spans) {
        for (int i = 0; i < spans.length; i++) {
            Span span = spans[i];
            if (span != null) {
                Demand demand = wanted.get(i);
                demand.cell().settle(span, demand, 0);
                spans[i] = null;
            }
        }
    }

    private Admission admitted(List<Demand> wanted, Span[] spans) {
        return new Admission.Admitted(new Reservation(wanted.toArray(Demand[]::new), spans, nanos));
    }

    private Admission refuse(Demand demand, long nowNanos) {
        Admission.Refused refusal = demand.cell().refusal(demand, clock.instant(), nowNanos);
        metrics.refused(refusal.scope().kind(), refusal.kind());
        return refusal;
    }

    /** Stops talking to Redis, within two seconds; what is held ends with its window or period. */
    @Override
    public void close() {
        onClose.run();
    }
}

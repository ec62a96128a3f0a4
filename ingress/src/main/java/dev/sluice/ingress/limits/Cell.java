package dev.sluice.ingress.limits;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.limits.Admission.Refused;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * One limit of one scope as this ingress keeps it. Its own lock is held for some ten nanoseconds
 * and never while anybody waits.
 *
 * <p>While Redis answers, a call fits if what is held stays within what Redis has granted ({@code
 * leased}). While it does not, a call fits within this ingress' share, which each kind of cell
 * knows.
 */
abstract sealed class Cell permits WindowCell, ParallelCell, BudgetCell {

    /** After this time without a call, what was granted in advance is given back. */
    static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** For this long, what Redis refused is refused here without asking again. */
    private static final long REFUSED_NANOS = TimeUnit.MILLISECONDS.toNanos(25);

    /** In a hiccup, a limit of which less than a fifth is left is shared out with caution. */
    private static final double CAUTION = 5;

    private static final long LARGEST = Long.MAX_VALUE / 4;

    final LimitKind kind;
    final String id;

    /** How many picodollars, tokens or requests one of Redis' numbers stands for. */
    final long unit;

    private final Sharing sharing;
    private @Nullable Demand newest;
    private @Nullable Span span;
    private long takenNanos;
    private long askedNanos;
    private long ahead;
    private boolean tight;
    private boolean listed;
    private boolean urgent;
    private boolean unheard;

    private volatile boolean refusing;
    private volatile long refusedNanos;
    private volatile long refusedMean;

    Cell(LimitKind kind, String id, long unit, Sharing sharing) {
        this.kind = kind;
        this.id = id;
        this.unit = unit;
        this.sharing = sharing;
    }

    /** The span that holds now; where it is another one, what was held is no longer counted. */
    abstract Span current(@Nullable Span span, Demand newest, long nowNanos);

    /** Before a span is judged by this ingress' share. */
    Span begun(Span span, long nowNanos) {
        return span;
    }

    /** How much this ingress may hold while Redis cannot be asked. */
    abstract long share(Span span, long limit, long nowNanos);

    /** What others use, as far as it is known here. */
    long others(Span span) {
        return span.others;
    }

    /** Whether a call fits into an unused span, however much it is expected to use. */
    boolean firstFits() {
        return false;
    }

    abstract Statement statement(Span span, long limit, long nowNanos);

    /** Which span Redis speaks of. */
    Span heard(Span span, LeaseReply.Cell reply, long nowNanos) {
        return span;
    }

    /** When the span ends by this ingress' clock; null: never, or not known. */
    abstract @Nullable Duration ends(Span span, long nowNanos);

    final int ingresses() {
        return sharing.ingresses();
    }

    /**
     * The share of what is free. In the first second without Redis, the others may still have it
     * and go on: then the nearer the limit, the smaller the share.
     */
    final long shareOf(long free, long limit, int ingresses, long nowNanos) {
        if (free <= 0) {
            return 0;
        }
        long share = free / ingresses;
        return sharing.isHiccup(nowNanos)
                ? (long) (share * Math.min(1, CAUTION * free / limit))
                : share;
    }

    /** A limit smaller than the number of ingresses must not refuse everything. */
    final long least(Span.View view, long nowNanos) {
        return view.others() == 0 || !sharing.isHiccup(nowNanos) ? 1 : 0;
    }

    /** Takes it if it fits by what is known here; the span that holds it then, null otherwise. */
    final synchronized @Nullable Span take(Demand demand, boolean leased, long nowNanos) {
        Span now = roll(demand, nowNanos);
        if (!leased) {
            now = begun(now, nowNanos);
            span = now;
        }
        if (!fits(now, demand, leased, nowNanos)) {
            return null;
        }
        hold(now, demand, nowNanos);
        return now;
    }

    /** Takes what Redis has granted: nobody else can take it in between. */
    final synchronized Span grant(Demand demand, long need, long nowNanos) {
        Span now = span == null ? roll(demand, nowNanos) : span;
        now.leased += need * unit;
        hold(now, demand, nowNanos);
        return now;
    }

    /** Ends a hold. */
    final synchronized void settle(Span holder, Demand demand, long actual) {
        holder.remove(demand.mean(), demand.variance());
        holder.settled = Math.min(LARGEST, holder.settled + Math.min(LARGEST, actual));
        Span now = span;
        if (kind == LimitKind.TOKENS && now != null && now != holder && actual > demand.mean()) {
            // Its window is over: what nobody expected is charged to the one in which it ended.
            now.settled = Math.min(LARGEST, now.settled + actual - demand.mean());
        }
        refusing = false;
        enlist();
        if (tight && !urgent) {
            urgent = true;
            sharing.urgent(this);
        }
    }

    private Span roll(Demand demand, long nowNanos) {
        newest = demand;
        Span now = current(span, demand, nowNanos);
        span = now;
        return now;
    }

    private boolean fits(Span now, Demand demand, boolean leased, long nowNanos) {
        long limit = demand.limit();
        if (limit <= 0) {
            return false;
        }
        long held = now.heldWith(demand.mean(), demand.variance());
        if (leased) {
            return now.view != null
                    && held <= now.leased
                    && (demand.mean() > 0 || now.others + held < limit);
        }
        if (demand.mean() == 0 && others(now) + held >= limit) {
            return false;
        }
        return held <= share(now, limit, nowNanos)
                || (firstFits() && now.held() == 0 && others(now) == 0);
    }

    private void hold(Span now, Demand demand, long nowNanos) {
        now.add(demand.mean(), demand.variance());
        takenNanos = nowNanos;
        enlist();
    }

    private void enlist() {
        if (!listed) {
            listed = true;
            sharing.changed(this);
        }
    }

    /**
     * What Redis shall be told, null if there is nothing to tell. From now on this ingress keeps to
     * it: what it gives back is no longer taken from.
     */
    final synchronized @Nullable Statement state(@Nullable Demand demand, long nowNanos) {
        listed = false;
        urgent = false;
        Demand last = demand == null ? newest : demand;
        if (last == null) {
            return null;
        }
        Span now = roll(last, nowNanos);
        long held = now.held();
        boolean givesBack = tight || nowNanos - takenNanos > IDLE_NANOS;
        if (demand == null && held == 0 && now.leased == 0 && !unheard) {
            return null;
        }
        now.leased = givesBack ? held : Math.max(held, now.leased);
        now.view = now.view == null ? null : now.view.givenBack(now.leased);
        return statement(now, last.limit(), nowNanos);
    }

    /** What was stated may not have arrived: it is stated again, even if nothing is held. */
    final synchronized void unheard() {
        unheard = true;
        enlist();
    }

    /** How much more is held with a demand, after others that are asked for with it. */
    final synchronized long added(long earlierMean, double earlierVariance, Demand demand) {
        Span now = requireNonNull(span);
        return now.heldWith(earlierMean + demand.mean(), earlierVariance + demand.variance())
                - now.heldWith(earlierMean, earlierVariance);
    }

    /** How much to ask for in advance: doubled while asking is frequent. */
    final synchronized long ahead(long need, long nowNanos) {
        long pause = nowNanos - askedNanos;
        askedNanos = nowNanos;
        if (pause > IDLE_NANOS) {
            ahead = 0;
        } else if (pause < IDLE_NANOS / 10) {
            ahead = Math.min(256, 2 * ahead + 1);
        }
        return Math.min(
                Statement.MOST,
                Math.multiplyExact(ahead, Math.min(need, Integer.MAX_VALUE * 1000L)));
    }

    /**
     * Learns what Redis knows.
     *
     * @param granted what of it belongs to those who asked
     * @param largestNeed of those who asked
     */
    final synchronized void hear(
            LeaseReply reply, LeaseReply.Cell cell, long granted, long largestNeed, long nowNanos) {
        Span now = heard(requireNonNull(span), cell, nowNanos);
        span = now;
        unheard = false;
        now.settled += cell.kept() * unit;
        now.leased = (cell.mine() - granted) * unit;
        now.others = cell.others() * unit;
        now.stated = true;
        if (reply.cautiousMillis() == 0) {
            now.view =
                    Span.View.after(
                            now.view, cell.mine() * unit, now.others, reply.ingresses(), nowNanos);
        }
        long free = requireNonNull(newest).limit() - cell.mine() * unit - now.others;
        tight = free / (8L * reply.ingresses()) < Math.max(1, largestNeed * unit);
        if (now.leased > now.held()) {
            enlist();
        }
    }

    /** Redis has no room for a demand. */
    final void refused(Demand demand, long nowNanos) {
        refusedMean = demand.mean();
        refusedNanos = nowNanos;
        refusing = true;
    }

    /** Whether Redis said just now that there is no room, or nobody has to be asked. */
    final boolean refuses(Demand demand, long nowNanos) {
        return demand.limit() <= 0
                || (refusing
                        && demand.mean() >= refusedMean
                        && nowNanos - refusedNanos < REFUSED_NANOS);
    }

    /** Whether calls are open or something is held that Redis should hear again. */
    final synchronized boolean isInUse() {
        return span != null && span.isOpen();
    }

    final synchronized boolean holdsAnything() {
        return span != null && span.held() > 0;
    }

    final synchronized Remaining remaining(Demand demand, long nowNanos) {
        Span now = roll(demand, nowNanos);
        Duration ends = ends(now, nowNanos);
        return new Remaining(
                demand.scope().kind(),
                kind,
                demand.limit(),
                Math.max(0, demand.limit() - others(now) - now.held()),
                ends == null ? Duration.ZERO : ends);
    }

    final synchronized Refused refusal(Demand demand, Instant time, long nowNanos) {
        Span now = roll(demand, nowNanos);
        long current = others(now) + now.held();
        Duration ends = ends(now, nowNanos);
        return new Refused(
                demand.scope(),
                kind,
                demand.limit(),
                Math.max(0, demand.limit() - current),
                current,
                ends == null ? null : time.plus(ends),
                retryAfter(ends));
    }

    private Duration retryAfter(@Nullable Duration ends) {
        if (ends == null) {
            return kind == LimitKind.BUDGET ? Duration.ZERO : Duration.ofSeconds(1);
        }
        return Duration.ofSeconds(Math.max(1, ends.plusNanos(999_999_999).toSeconds()));
    }
}

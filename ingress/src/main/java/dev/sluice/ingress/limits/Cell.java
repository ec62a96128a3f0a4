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
 * <p>A call fits if what is held stays within the lease ({@link Span#leased}), with or without
 * Redis, unless what is known here excludes it. That is safe whatever is lost on the way: Redis
 * grants only while the sum of all leases it has on record stays within the limit. The lease kept
 * to here is never more than the one on record, for it is lowered before Redis can hear of it and
 * raised only after Redis has answered, and a question that was overtaken by a later one is
 * ignored. So a lost question or answer can only lose slack.
 *
 * <p>What does not fit is asked for. If Redis cannot be asked, some calls fit nevertheless; {@code
 * docs/limits.md} tells which, and by how much that may overshoot.
 */
abstract sealed class Cell permits WindowCell, ParallelCell, BudgetCell {

    /** For this long, what Redis refused is refused here without asking again. */
    private static final long REFUSED_NANOS = TimeUnit.MILLISECONDS.toNanos(25);

    /** For this long after others waited for it, nothing is kept in advance. */
    static final long WANTED_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** In a hiccup, a limit of fewer calls than this for each ingress may be overshot by calls. */
    static final int SMALL = 4;

    /** So many calls are worth having in advance even if none was seen yet. */
    private static final long LEAST_AHEAD = 16;

    /** And so many times those of the last second. */
    private static final double SECONDS_AHEAD = 4;

    private static final double NANOS_A_SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long LARGEST = Long.MAX_VALUE / 4;

    final LimitKind kind;
    final String id;

    /** How many picodollars, tokens or requests one of Redis' numbers stands for. */
    final long unit;

    private final Sharing sharing;
    private @Nullable Demand newest;
    private @Nullable Span span;
    private long countedNanos;
    private int taken;
    private double lately;
    private long wantedNanos;
    private boolean wanted;
    private boolean tight;
    private boolean listed;
    private boolean urgent;
    private boolean unheard;
    private volatile boolean forgotten;

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

    /** Before a span is judged without Redis. */
    Span begun(Span span, long nowNanos) {
        return span;
    }

    /** Whether what was leased is still on record, however long Redis has not been heard. */
    abstract boolean leaseHolds(long nowNanos);

    /** How much this ingress may hold where Redis never told how things stand, or too long ago. */
    abstract long unseenShare(Span span, long limit, int ingresses);

    /** What others hold, as far as it is known here. */
    long others(Span span) {
        return span.othersHeld;
    }

    /** What is known of others from elsewhere than Redis, which may not have heard of it yet. */
    long bookedByOthers(Span span) {
        return 0;
    }

    /** Whether a call fits into an unused span, however much it is expected to use. */
    boolean firstFits() {
        return false;
    }

    abstract Statement statement(Span span, long limit, Statement.Slack slack, long nowNanos);

    /** By which Redis knows it now, without the prefix of all keys. */
    abstract String key();

    /** Which span Redis speaks of. */
    Span heard(Span span, LeaseReply.Cell reply, long nowNanos) {
        return span;
    }

    /** When the span ends by this ingress' clock; null: never, or not known. */
    abstract @Nullable Duration ends(Span span, long nowNanos);

    final boolean isForgotten(long nowNanos) {
        return sharing.isForgotten(nowNanos);
    }

    /**
     * Takes it if it fits by what is known here.
     *
     * @param leased whether only the lease counts, because Redis may be asked for more
     * @return the span that holds it, null if it does not fit
     */
    final synchronized @Nullable Span take(Demand demand, boolean leased, long nowNanos) {
        Span now = roll(demand, nowNanos);
        if (!leased) {
            now = begun(now, nowNanos);
            span = now;
        }
        if (!fits(now, demand, leased, nowNanos)) {
            return null;
        }
        hold(now, demand);
        return now;
    }

    /** Takes what Redis has granted: nobody else can take it in between. */
    final synchronized Span grant(Demand demand, long need, long nowNanos) {
        Span now = span == null ? roll(demand, nowNanos) : span;
        now.leased += need * unit;
        hold(now, demand);
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
        if (limit <= 0 || (demand.mean() == 0 && others(now) + now.held() >= limit)) {
            return false;
        }
        long booked = bookedByOthers(now);
        long held = now.heldWith(demand.mean(), demand.variance());
        // A lease is of a limit, or of books, that may have changed since.
        if (booked > limit - held && !isFirst(now)) {
            return false;
        }
        Span.View view = now.view;
        if (view == null || !leaseHolds(nowNanos)) {
            if (leased) {
                return false;
            }
            int ingresses = view == null ? sharing.ingresses() : view.ingresses();
            return held <= unseenShare(now, limit, ingresses) || isFirst(now);
        }
        return held <= now.leased
                || (!leased && (fitsUnleased(now, view, demand, nowNanos) || isFirst(now)));
    }

    private boolean isFirst(Span now) {
        return firstFits() && now.held() == 0 && others(now) == 0 && now.others == 0;
    }

    /**
     * What nobody has leased is dealt out once nobody is likely to be granted it any more. Until
     * then a small limit, of which no ingress may have slack, must not refuse everything.
     */
    private boolean fitsUnleased(Span now, Span.View view, Demand demand, long nowNanos) {
        long held = now.heldWith(demand.mean(), demand.variance());
        long dealt = view.dealt(sharing.lostNanos(), LeaseDesk.TICK_NANOS);
        if (!sharing.isHiccup(nowNanos) && held <= now.leased + dealt / view.ingresses()) {
            return true;
        }
        boolean small = demand.limit() / SMALL / view.ingresses() < Math.max(1, demand.mean());
        return small && now.held() <= now.leased && held - now.held() <= view.unleased();
    }

    private void hold(Span now, Demand demand) {
        now.add(demand.mean(), demand.variance());
        taken++;
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
     *
     * @param demand what will be asked for: then nothing is kept beside it, for it must not be
     *     taken by others until the answer is here
     * @param last whether this ingress ends
     */
    final synchronized @Nullable Statement state(
            @Nullable Demand demand, boolean last, long nowNanos) {
        listed = false;
        urgent = false;
        Demand known = demand == null ? newest : demand;
        if (known == null) {
            return null;
        }
        Span now = roll(known, nowNanos);
        long held = now.held();
        if (demand == null && held == 0 && now.leased == 0 && !unheard) {
            return null;
        }
        wanted = wanted && nowNanos - wantedNanos < WANTED_NANOS;
        Statement.Slack slack =
                wanted || last || forgotten ? Statement.Slack.NONE : slack(known, nowNanos);
        long kept = demand != null || tight ? 0 : fairSlack(now, slack, known.limit());
        long lowered = now.leased - (held + kept);
        if (lowered > 0) {
            now.leased -= lowered;
            now.view = now.view == null ? null : now.view.givenBack(lowered);
        }
        return statement(now, known.limit(), slack, nowNanos);
    }

    private Statement.Slack slack(Demand demand, long nowNanos) {
        double seconds = (nowNanos - countedNanos) / NANOS_A_SECOND;
        boolean recent = seconds >= 0 && seconds < 1;
        lately = recent ? lately * (1 - seconds) + taken : taken / Math.max(1, seconds);
        countedNanos = nowNanos;
        taken = 0;
        long quantum = Math.max(1, Math.ceilDiv(demand.mean(), unit));
        long calls = Math.max(LEAST_AHEAD, (long) (SECONDS_AHEAD * lately));
        long most = Statement.MOST / quantum < calls ? Statement.MOST : quantum * calls;
        return new Statement.Slack(quantum, most);
    }

    private long fairSlack(Span now, Statement.Slack slack, long limit) {
        int ingresses = now.view == null ? sharing.ingresses() : now.view.ingresses();
        return slack.of((limit - now.others - now.held()) / unit, ingresses) * unit;
    }

    /** What was stated may not have arrived, or shall be topped up: it is stated again. */
    final synchronized void unheard() {
        unheard = true;
        enlist();
    }

    /** Nobody can call here any more; what was leased and is not held is given back. */
    final void forget() {
        forgotten = true;
        unheard();
    }

    final boolean isForgotten() {
        return forgotten;
    }

    /** Others wait for what is leased here and not held. */
    final synchronized boolean givesBack(long nowNanos) {
        wanted = true;
        wantedNanos = nowNanos;
        return span != null && span.leased > span.held();
    }

    /** How much more is held with a demand, after others that are asked for with it. */
    final synchronized long added(long earlierMean, double earlierVariance, Demand demand) {
        Span now = requireNonNull(span);
        return now.heldWith(earlierMean + demand.mean(), earlierVariance + demand.variance())
                - now.heldWith(earlierMean, earlierVariance);
    }

    /**
     * Learns what Redis knows.
     *
     * @param granted what of it belongs to those who asked
     */
    final synchronized void hear(
            LeaseReply reply,
            LeaseReply.Cell cell,
            Statement.Slack slack,
            long granted,
            long nowNanos) {
        Span now = heard(requireNonNull(span), cell, nowNanos);
        span = now;
        unheard = false;
        now.settled += cell.kept() * unit;
        now.others(cell.others() * unit, cell.othersHeld() * unit, nowNanos, LeaseDesk.TICK_NANOS);
        now.stated = true;
        long limit = requireNonNull(newest).limit();
        // While Redis grants nothing it only repeats what it was told: no lease, if it is more.
        if (reply.cautiousMillis() == 0) {
            now.leased = (cell.mine() - granted) * unit;
            long unleased = Math.max(0, limit - cell.mine() * unit - now.others) - now.growth();
            now.view =
                    new Span.View(
                            Math.max(0, unleased), reply.ingresses(), now.usedATick(), nowNanos);
        }
        long free = (limit - now.others - now.held()) / unit - granted;
        tight = slack.of(free, reply.ingresses()) == 0;
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

    /** Whether Redis has it on record, or should. */
    final synchronized boolean isOnRecord() {
        return span != null && (span.held() > 0 || span.leased > 0);
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

    /** The same without a trace: nothing begins and nothing is counted. */
    final synchronized Remaining peek(Demand demand, long nowNanos) {
        Span now = span;
        Duration ends = now == null ? null : ends(now, nowNanos);
        boolean isOver = now == null || (ends != null && !ends.isPositive());
        long used = isOver || now == null ? 0 : others(now) + now.held();
        return new Remaining(
                demand.scope().kind(),
                kind,
                demand.limit(),
                Math.max(0, demand.limit() - used),
                isOver || ends == null ? Duration.ZERO : ends);
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

package dev.sluice.ingress.limits;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Requests or tokens in a window of 60 s that begins with the first request, as LiteLLM has it. All
 * ingresses share one window, which Redis' clock begins and ends.
 */
final class WindowCell extends Cell {

    static final Duration LENGTH = Duration.ofSeconds(60);

    /**
     * A window that has not begun does not end either: half of what a long of nanoseconds holds.
     */
    private static final long NEVER = Long.MAX_VALUE / 2;

    WindowCell(LimitKind kind, String id, Sharing sharing) {
        super(kind, id, 1, sharing);
    }

    @Override
    Span current(@Nullable Span span, Demand newest, long nowNanos) {
        return span != null && nowNanos - span.endNanos < 0
                ? span
                : new Span(Span.UNNAMED, nowNanos, nowNanos + NEVER);
    }

    @Override
    Span begun(Span span, long nowNanos) {
        if (span.start != Span.UNNAMED) {
            return span;
        }
        if (span.view == null) {
            return new Span(Span.OWN, nowNanos, nowNanos + LENGTH.toNanos());
        }
        var own = new Span(Span.OWN, nowNanos, span.endNanos);
        own.others = span.others;
        own.othersHeld = span.othersHeld;
        own.view = span.view;
        return own;
    }

    @Override
    boolean leaseHolds(long nowNanos) {
        return true;
    }

    @Override
    long unseenShare(Span span, long limit, int ingresses) {
        long share = limit / ingresses;
        return kind == LimitKind.REQUESTS ? Math.max(1, share) : share;
    }

    @Override
    boolean firstFits() {
        return kind == LimitKind.TOKENS;
    }

    @Override
    Statement statement(Span span, long limit, Statement.Slack slack, long nowNanos) {
        return new Statement(
                'w',
                key(),
                limit,
                span.held(),
                span.leased,
                slack,
                span.start,
                TimeUnit.NANOSECONDS.toMillis(nowNanos - span.startedNanos),
                LENGTH.toMillis(),
                0,
                Map.of());
    }

    @Override
    String key() {
        return kind.letter() + ":" + id;
    }

    @Override
    Span heard(Span span, LeaseReply.Cell reply, long nowNanos) {
        if (span.start == reply.start()) {
            return span;
        }
        // Counted from the answer, so that a window never ends here before it ends there.
        long endNanos = nowNanos + TimeUnit.MILLISECONDS.toNanos(reply.leftMillis() + 1);
        if (span.start > Span.UNNAMED) {
            return new Span(reply.start(), nowNanos, endNanos);
        }
        if (reply.mine() > 0) {
            // Otherwise nothing of ours is in it, and Redis need not know this window next time.
            span.start = reply.start();
        }
        span.endNanos = endNanos;
        return span;
    }

    @Override
    @Nullable Duration ends(Span span, long nowNanos) {
        return span.start == Span.UNNAMED ? LENGTH : Duration.ofNanos(span.endNanos - nowNanos);
    }
}

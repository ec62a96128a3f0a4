package dev.sluice.ingress.limits;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Map;

/** Requests that are open at the same time. */
final class ParallelCell extends Cell {

    /** How long Redis remembers a cell that nobody mentions; live ones are stated every minute. */
    static final Duration KEPT = Duration.ofMinutes(10);

    ParallelCell(String id, Sharing sharing) {
        super(LimitKind.PARALLEL, id, 1, sharing);
    }

    @Override
    Span current(@Nullable Span span, Demand newest, long nowNanos) {
        return span != null ? span : new Span(Span.UNNAMED, nowNanos, nowNanos);
    }

    /** Who was silent for ten seconds is taken for dead, and his calls to be over. */
    @Override
    boolean leaseHolds(long nowNanos) {
        return !isForgotten(nowNanos);
    }

    @Override
    long unseenShare(Span span, long limit, int ingresses) {
        return Math.max(1, limit / ingresses);
    }

    @Override
    Statement statement(Span span, long limit, Statement.Slack slack, long nowNanos) {
        return new Statement(
                'o',
                key(),
                limit,
                span.held(),
                span.leased,
                slack,
                span.start,
                0,
                KEPT.toMillis(),
                0,
                Map.of());
    }

    @Override
    String key() {
        return kind.letter() + ":" + id;
    }

    @Override
    @Nullable Duration ends(Span span, long nowNanos) {
        return null;
    }
}

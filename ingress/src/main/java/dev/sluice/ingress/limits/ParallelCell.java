package dev.sluice.ingress.limits;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Requests that are open at the same time. */
final class ParallelCell extends Cell {

    /** How long Redis remembers a cell that nobody mentions; live ones are stated every minute. */
    static final Duration KEPT = Duration.ofMinutes(10);

    /** After this time, the calls that others had open when last heard of are taken to be over. */
    private static final long REMEMBERED_NANOS = TimeUnit.SECONDS.toNanos(10);

    ParallelCell(String id, Sharing sharing) {
        super(LimitKind.PARALLEL, id, 1, sharing);
    }

    @Override
    Span current(@Nullable Span span, Demand newest, long nowNanos) {
        return span != null ? span : new Span(Span.UNNAMED, nowNanos, nowNanos);
    }

    @Override
    long share(Span span, long limit, long nowNanos) {
        Span.View view = span.view;
        if (view == null || nowNanos - view.heardNanos() > REMEMBERED_NANOS) {
            return Math.max(1, limit / ingresses());
        }
        long free = view.free(limit);
        return free <= 0
                ? view.leased()
                : view.leased()
                        + Math.max(
                                least(view, nowNanos),
                                shareOf(free, limit, view.ingresses(), nowNanos));
    }

    @Override
    Statement statement(Span span, long limit, long nowNanos) {
        return new Statement(
                'o',
                kind.letter() + ":" + id,
                Math.min(Statement.MOST, limit),
                Math.min(Statement.MOST, span.leased),
                span.start,
                0,
                KEPT.toMillis(),
                0,
                Map.of());
    }

    @Override
    @Nullable Duration ends(Span span, long nowNanos) {
        return null;
    }
}

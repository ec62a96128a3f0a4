package dev.sluice.ingress.limits;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/**
 * What an admitted call holds until it ends. The first end counts, later ones do nothing; {@link
 * #close} after {@link #settle} is harmless, so a reservation belongs into a try block. Safe for
 * use by many threads.
 */
public final class Reservation implements AutoCloseable {

    private static final Demand[] NO_DEMANDS = {};
    private static final Span[] NO_SPANS = {};

    private final Demand[] demands;
    private final Span[] spans;
    private final LongSupplier clock;
    private final AtomicBoolean ended = new AtomicBoolean();

    Reservation(Demand[] demands, Span[] spans, LongSupplier clock) {
        this.demands = demands;
        this.spans = spans;
        this.clock = clock;
    }

    /** Of a call that nothing limits. */
    public static Reservation ofNothing() {
        return new Reservation(NO_DEMANDS, NO_SPANS, () -> 0);
    }

    /**
     * The call has used this; what was reserved beyond is free again.
     *
     * @param tokens input and output
     * @param costPico picodollars
     */
    public void settle(long tokens, long costPico) {
        if (tokens < 0 || costPico < 0) {
            throw new IllegalArgumentException("used amounts are not negative");
        }
        end(tokens, costPico);
    }

    /** The call has failed: it counts as a request, and consumes no tokens and no money. */
    public void release() {
        end(0, 0);
    }

    /** Releases what has not been settled. */
    @Override
    public void close() {
        release();
    }

    /** How much is left of each limit with this call, for answer headers. */
    public List<Remaining> remaining() {
        long nowNanos = clock.getAsLong();
        return IntStream.range(0, demands.length)
                .mapToObj(i -> demands[i].cell().remaining(demands[i], nowNanos))
                .toList();
    }

    private void end(long tokens, long costPico) {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        for (int i = 0; i < demands.length; i++) {
            Demand demand = demands[i];
            long actual =
                    switch (demand.cell().kind) {
                        case REQUESTS -> 1;
                        case TOKENS -> tokens;
                        case PARALLEL -> 0;
                        case BUDGET -> costPico;
                    };
            demand.cell().settle(spans[i], demand, actual);
        }
    }
}

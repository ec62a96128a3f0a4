package dev.sluice.ingress.http;

import com.sun.management.OperatingSystemMXBean;

import dev.sluice.ingress.fleet.Background;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * What calls from outside leave of the processors: lines of batches give way to them. Who calls
 * lines is told with each answer.
 */
final class LiveLoad implements AutoCloseable {

    /** Told where nobody from outside has called for a while: lines may take all there is. */
    static final int ALL = 100;

    private static final Duration EVERY = Duration.ofMillis(200);
    private static final int QUIET_ROUNDS = 10;

    private final LongSupplier allCalls;
    private final DoubleSupplier busy;
    private final LongAdder ownCalls = new LongAdder();
    private final Background sampling = new Background("sluice-live-load", EVERY, this::sample);
    private long liveCalls;
    private int quietRounds = QUIET_ROUNDS;
    private volatile int headroom = ALL;

    /**
     * Looks at nothing yet.
     *
     * @param allCalls that came in so far, from our own services too
     * @param busy the share of the processors that is in use, in [0, 1]; negative where unknown
     */
    LiveLoad(LongSupplier allCalls, DoubleSupplier busy) {
        this.allCalls = allCalls;
        this.busy = busy;
    }

    /** Of the machine, or of what a container may use of it. */
    static LiveLoad ofMachine(LongSupplier allCalls) {
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean machine
                ? new LiveLoad(allCalls, machine::getCpuLoad)
                : new LiveLoad(allCalls, () -> -1);
    }

    void start() {
        sampling.start();
    }

    /** One of our own services has called. */
    void ownCall() {
        ownCalls.increment();
    }

    /** The processors' idle part in percent while others call; {@link #ALL} where nobody does. */
    int headroom() {
        return headroom;
    }

    /** One look; only {@link #sampling} and tests call it. */
    void sample() {
        long live = allCalls.getAsLong() - ownCalls.sum();
        double load = busy.getAsDouble();
        quietRounds = live > liveCalls ? 0 : Math.min(QUIET_ROUNDS, quietRounds + 1);
        liveCalls = live;
        headroom =
                quietRounds == QUIET_ROUNDS || load < 0
                        ? ALL
                        : Math.clamp(Math.round(100 * (1 - load)), 0, ALL - 1);
    }

    @Override
    public void close() {
        sampling.close(Duration.ZERO);
    }
}

package dev.sluice.standalone;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The parts that have been started, and the one order in which they stop: all drain, each into the
 * next, and only then the first is closed. A stop may come while others still start.
 */
final class Parts implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(Parts.class);
    private static final Duration LOOK_EVERY = Duration.ofMillis(10);

    private record Placed(Place place, Part part) {}

    private final Duration drainTime;
    private final Duration drainTimeEach;
    private final List<Placed> started = new ArrayList<>();
    private final AtomicLong unshipped = new AtomicLong();
    private final CountDownLatch stopping = new CountDownLatch(1);

    /**
     * None yet.
     *
     * @param drainTime for all parts together when they stop
     * @param drainTimeEach for one of them
     */
    Parts(Duration drainTime, Duration drainTimeEach) {
        this.drainTime = drainTime;
        this.drainTimeEach = drainTimeEach;
    }

    /** Starts a part; {@code place} says when it stops. */
    void start(Place place, Part part) throws CannotStartException {
        refuseWhenStopping(part);
        try {
            part.start();
        } catch (CannotStartException | RuntimeException e) {
            close(part);
            throw e;
        }
        synchronized (started) {
            if (!isStopping()) {
                started.add(new Placed(place, part));
                started.sort(Comparator.comparing(Placed::place));
                return;
            }
        }
        close(part);
        refuseWhenStopping(part);
    }

    private void refuseWhenStopping(Part part) throws CannotStartException {
        if (isStopping()) {
            throw new CannotStartException("stopped while %s started".formatted(part.name()));
        }
    }

    /** The parts that do not serve yet, or no longer. */
    List<String> notReady() {
        return inOrder().stream().filter(part -> !part.ready()).map(Part::name).toList();
    }

    /** Waits until all are ready; false if time ran out or the parts were stopped. */
    boolean awaitReady(Duration atMost) throws InterruptedException {
        Budget budget = Budget.of(atMost);
        while (!notReady().isEmpty()) {
            boolean stopped = stopping.await(LOOK_EVERY.toNanos(), TimeUnit.NANOSECONDS);
            if (stopped || budget.remaining().isZero()) {
                return false;
            }
        }
        return true;
    }

    /** What the parts had not handed on when they had drained. */
    long unshipped() {
        return unshipped.get();
    }

    boolean isStopping() {
        return stopping.getCount() == 0;
    }

    @Override
    public void close() {
        stopping.countDown();
        List<Part> parts = inOrder();
        Budget budget = Budget.of(drainTime);
        for (Part part : parts) {
            drain(part, budget.share(drainTimeEach));
            unshipped.addAndGet(part.unshipped());
        }
        parts.forEach(Parts::close);
        synchronized (started) {
            started.clear();
        }
    }

    private List<Part> inOrder() {
        synchronized (started) {
            return started.stream().map(Placed::part).toList();
        }
    }

    private static void drain(Part part, Duration atMost) {
        try {
            if (!part.drain(atMost)) {
                LOGGER.atWarn()
                        .addKeyValue("part", part.name())
                        .log("not drained in time; the rest follows after the next start");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOGGER.atError().addKeyValue("part", part.name()).setCause(e).log("cannot drain");
        }
    }

    private static void close(Part part) {
        try {
            part.close();
        } catch (RuntimeException e) {
            LOGGER.atError().addKeyValue("part", part.name()).setCause(e).log("cannot stop");
        }
    }
}

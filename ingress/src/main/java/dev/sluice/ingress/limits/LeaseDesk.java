package dev.sluice.ingress.limits;

import static java.util.Objects.requireNonNull;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The one who talks to Redis, one call at a time: whoever needs a grant waits at the desk, and the
 * next call carries all of them. One call at a time is also what lets each call state totals.
 *
 * <p>Ten times a second the desk states what has changed, so that all see each other alive, what
 * lies idle is given back, and each knows what the others hold should Redis go away. After a call
 * that failed, nobody waits any more until a call in the background has succeeded and everything
 * held has been stated.
 */
final class LeaseDesk implements Sharing, AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(LeaseDesk.class);

    static final Duration DEADLINE = Duration.ofMillis(50);
    private static final Duration PROBE_DEADLINE = Duration.ofSeconds(1);
    private static final long HICCUP_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long FIRST_PROBE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long RESTATE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long CLOSE_MILLIS = 1500;

    private static final int MOST_WAITING = 4096;
    private static final int MOST_ASKS = 128;
    private static final int MOST_CELLS = 128;

    /** A tick states no more than this, the longest unstated first. */
    private static final int MOST_CELLS_A_TICK = 512;

    private static final LeaseAsk WAKE = new LeaseAsk(List.of());

    private final LeaseStore store;
    private final String run;
    private final String prefix;
    private final LimitMetrics metrics;
    private final LongSupplier clock;
    private final BlockingQueue<LeaseAsk> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    private final Queue<Cell> changed = new ConcurrentLinkedQueue<>();
    private final Queue<Cell> urgent = new ConcurrentLinkedQueue<>();
    private final Thread thread;

    private volatile boolean closing;
    private volatile boolean connected;
    private volatile int ingresses = 1;
    private volatile long cautiousUntilNanos;
    private volatile long leasedNanos;

    private Consumer<Consumer<Cell>> allCells = _ -> {};
    private boolean warned;
    private long sequence;
    private long born;
    private long restatedNanos;
    private long nextTickNanos;
    private int changedThisTick;

    /**
     * Works once started.
     *
     * @param run this run of this ingress among all; must be its own
     * @param namespace what this gateway's keys begin with
     */
    LeaseDesk(
            LeaseStore store,
            String run,
            String namespace,
            LimitMetrics metrics,
            LongSupplier clock) {
        this.store = requireNonNull(store, "store is null");
        this.run = requireNonNull(run, "run is null");
        this.prefix = "{" + namespace + ":limits}:";
        this.metrics = metrics;
        this.clock = clock;
        this.cautiousUntilNanos = clock.getAsLong();
        this.leasedNanos = clock.getAsLong() - HICCUP_NANOS;
        this.restatedNanos = clock.getAsLong();
        this.nextTickNanos = clock.getAsLong();
        this.thread =
                Thread.ofPlatform().daemon().name("sluice-limit-leases").unstarted(this::work);
        metrics.connected(() -> connected ? 1 : 0);
        metrics.ingresses(() -> ingresses);
    }

    /** Begins, with or without Redis. */
    void start(Consumer<Consumer<Cell>> cells) {
        this.allCells = cells;
        thread.start();
    }

    @Override
    public boolean isLeasing() {
        return connected && clock.getAsLong() - cautiousUntilNanos >= 0;
    }

    @Override
    public boolean isShared() {
        return connected;
    }

    @Override
    public boolean isHiccup(long nowNanos) {
        return nowNanos - leasedNanos < HICCUP_NANOS;
    }

    @Override
    public int ingresses() {
        return ingresses;
    }

    @Override
    public Verdict ask(List<Demand> demands) {
        var ask = new LeaseAsk(demands);
        if (!waiting.offer(ask)) {
            return new Verdict.Unknown();
        }
        return ask.await(DEADLINE.toNanos());
    }

    @Override
    public void changed(Cell cell) {
        changed.add(cell);
    }

    @Override
    public void urgent(Cell cell) {
        urgent.add(cell);
        if (connected && waiting.isEmpty()) {
            // Whoever is waiting wakes the desk as well; where there is no room, many are.
            waiting.offer(WAKE);
        }
    }

    /** States for the last time what is held, and stops; within two seconds. */
    @Override
    public void close() {
        closing = true;
        waiting.offer(WAKE);
        try {
            if (thread.isAlive() && !thread.join(Duration.ofMillis(CLOSE_MILLIS))) {
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            thread.interrupt();
        }
        store.close();
    }

    private void work() {
        try {
            while (!closing) {
                round();
            }
            if (connected) {
                restateAll();
                statePending();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (LeaseFailure e) {
            LOGGER.atDebug().addKeyValue("error", e.reason()).log("last statement failed");
        } finally {
            connected = false;
            dismiss();
        }
    }

    private void round() throws InterruptedException {
        try {
            if (connected) {
                serve();
            } else {
                probe();
            }
        } catch (LeaseFailure e) {
            lose(e.reason());
        } catch (RuntimeException e) {
            LOGGER.atError().setCause(e).log("lease desk failed unexpectedly");
            lose("unexpected");
        }
    }

    private void serve() throws InterruptedException, LeaseFailure {
        long untilTick = nextTickNanos - clock.getAsLong();
        LeaseAsk first = waiting.poll(Math.max(0, untilTick), TimeUnit.NANOSECONDS);
        var batch = new LeaseBatch(prefix, clock.getAsLong());
        List<LeaseAsk> asks = new ArrayList<>();
        if (first != null) {
            asks.add(first);
            waiting.drainTo(asks, MOST_ASKS - 1);
        }
        asks.stream().filter(ask -> ask != WAKE).forEach(batch::add);
        drain(urgent, batch, MOST_CELLS);
        boolean tick = nextTickNanos - clock.getAsLong() <= 0;
        if (tick) {
            changedThisTick += drain(changed, batch, MOST_CELLS);
            if (changed.isEmpty() || changedThisTick >= MOST_CELLS_A_TICK) {
                changedThisTick = 0;
                nextTickNanos = clock.getAsLong() + TICK_NANOS;
            }
        }
        if (tick || batch.cells() > 0) {
            exchange(batch, DEADLINE);
        }
        if (clock.getAsLong() - restatedNanos > RESTATE_NANOS) {
            restateAll();
        }
    }

    /** Nobody waits for this one. */
    private void probe() throws InterruptedException, LeaseFailure {
        long untilTick = nextTickNanos - clock.getAsLong();
        LeaseAsk early = waiting.poll(Math.max(0, untilTick), TimeUnit.NANOSECONDS);
        if (early != null) {
            early.answer(new Verdict.Unknown());
        }
        dismiss();
        if (nextTickNanos - clock.getAsLong() > 0) {
            return;
        }
        nextTickNanos = clock.getAsLong() + TICK_NANOS;
        exchange(new LeaseBatch(prefix, clock.getAsLong()), PROBE_DEADLINE);
        restateAll();
        statePending();
        connected = true;
        if (warned) {
            LOGGER.atInfo().log("limits are shared again");
            warned = false;
        }
    }

    private void statePending() throws LeaseFailure {
        while (!urgent.isEmpty()) {
            var batch = new LeaseBatch(prefix, clock.getAsLong());
            drain(urgent, batch, MOST_CELLS);
            exchange(batch, PROBE_DEADLINE);
        }
    }

    private void exchange(LeaseBatch batch, Duration deadline) throws LeaseFailure {
        long sentNanos = System.nanoTime();
        LeaseReply reply;
        try {
            reply =
                    batch.read(
                            store.evaluate(
                                    batch.keys(), batch.arguments(run, ++sequence), deadline));
        } catch (LeaseFailure | RuntimeException e) {
            batch.fail();
            throw e;
        }
        metrics.leaseCalls().record(System.nanoTime() - sentNanos, TimeUnit.NANOSECONDS);
        long heardNanos = clock.getAsLong();
        ingresses = reply.ingresses();
        if (reply.cautiousMillis() > 0) {
            cautiousUntilNanos = heardNanos + TimeUnit.MILLISECONDS.toNanos(reply.cautiousMillis());
        } else {
            leasedNanos = heardNanos;
        }
        batch.settle(reply, heardNanos);
        if (born != reply.born()) {
            boolean forgotten = born != 0;
            born = reply.born();
            if (forgotten) {
                LOGGER.atWarn().log("Redis has forgotten the limits; restating them");
                restateAll();
            }
        }
    }

    /** Everything held is stated with the next calls. */
    private void restateAll() {
        restatedNanos = clock.getAsLong();
        allCells.accept(cell -> {
            if (cell.holdsAnything()) {
                urgent.add(cell);
            }
        });
    }

    private static int drain(Queue<Cell> queue, LeaseBatch batch, int most) {
        int drained = 0;
        while (drained < most) {
            Cell cell = queue.poll();
            if (cell == null) {
                break;
            }
            batch.add(cell);
            drained++;
        }
        return drained;
    }

    private void lose(String reason) {
        boolean wasConnected = connected;
        connected = false;
        metrics.leaseFailed();
        nextTickNanos = clock.getAsLong() + (wasConnected ? FIRST_PROBE_NANOS : TICK_NANOS);
        if (!warned && !isHiccup(clock.getAsLong())) {
            LOGGER.atWarn()
                    .addKeyValue("error", reason)
                    .log("limits are not shared: each ingress keeps to its share");
            warned = true;
        }
        dismiss();
    }

    private void dismiss() {
        LeaseAsk ask = waiting.poll();
        while (ask != null) {
            ask.answer(new Verdict.Unknown());
            ask = waiting.poll();
        }
    }
}

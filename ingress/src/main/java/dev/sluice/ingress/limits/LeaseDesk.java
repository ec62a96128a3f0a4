package dev.sluice.ingress.limits;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The one who talks to Redis, one call at a time: whoever needs a grant waits at the desk, and the
 * next call carries all of them. One call at a time is also what lets each call state totals.
 *
 * <p>Some forty times a second the desk states what has changed, so that all see each other alive,
 * leases are topped up or lowered, and it hears of what others wait for. An ask for which only
 * others' slack leaves no room stays at the desk and is asked again until its time is up. After a
 * call that failed, nobody waits any more until a call in the background has succeeded.
 */
final class LeaseDesk implements Sharing, AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(LeaseDesk.class);

    static final Duration DEADLINE = Duration.ofMillis(50);
    private static final Duration PROBE_DEADLINE = Duration.ofSeconds(1);
    private static final long HICCUP_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** A second before Redis takes this ingress for dead. */
    private static final long FORGOTTEN_NANOS = TimeUnit.SECONDS.toNanos(9);

    private static final long FIRST_PROBE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long PROBE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(25);
    private static final long IDLE_TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long RESTATE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long CLOSE_MILLIS = 1500;

    private static final int MOST_WAITING = 4096;
    private static final int MOST_ASKS = 128;
    private static final int MOST_CELLS = 128;

    /** A tick states no more than this, the longest unstated first. */
    private static final int MOST_CELLS_A_TICK = 128;

    /** Beyond, the longest waiting is refused. */
    private static final int MOST_PARKED = 1024;

    /** Beyond, an ingress that gave slack back has none until its next call. */
    private static final int MOST_TO_REFILL = 1024;

    private static final LeaseAsk WAKE = new LeaseAsk(List.of());

    private final LeaseStore store;
    private final String run;
    private final String prefix;
    private final LimitMetrics metrics;
    private final LongSupplier clock;
    private final BlockingQueue<LeaseAsk> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    private final Queue<Cell> changed = new ConcurrentLinkedQueue<>();
    private final Queue<Cell> urgent = new ConcurrentLinkedQueue<>();
    private final Queue<LeaseAsk> parked = new ArrayDeque<>();
    private final Queue<GivenBack> givenBack = new ArrayDeque<>();
    private final Thread thread;

    private volatile boolean closing;
    private volatile boolean connected;
    private volatile int ingresses = 1;
    private volatile long cautiousUntilNanos;
    private volatile long leasedNanos;
    private volatile long heardNanos;
    private volatile long lostNanos;

    private @Nullable ScopeCells cells;
    private boolean warned;
    private long sequence;
    private long born;
    private long restatedNanos;
    private long heardMillis;
    private long nextTickNanos;
    private long nextParkedNanos;
    private long usedNanos;

    /** A cell whose slack others waited for. */
    private record GivenBack(Cell cell, long nanos) {}

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
        this.heardNanos = clock.getAsLong() - FORGOTTEN_NANOS;
        this.usedNanos = clock.getAsLong() - RESTATE_NANOS;
        this.lostNanos = clock.getAsLong();
        this.restatedNanos = clock.getAsLong();
        this.nextTickNanos = clock.getAsLong();
        this.thread =
                Thread.ofPlatform().daemon().name("sluice-limit-leases").unstarted(this::work);
        metrics.connected(() -> connected ? 1 : 0);
        metrics.ingresses(() -> ingresses);
    }

    /** Begins, with or without Redis. */
    void start(ScopeCells all) {
        this.cells = all;
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
    public long lostNanos() {
        return lostNanos;
    }

    @Override
    public boolean isHiccup(long nowNanos) {
        return nowNanos - leasedNanos < HICCUP_NANOS;
    }

    @Override
    public boolean isForgotten(long nowNanos) {
        return nowNanos - heardNanos > FORGOTTEN_NANOS;
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

    /** Takes leave of the others, gives back what it can, and stops; within two seconds. */
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
                exchange(newBatch(), PROBE_DEADLINE);
                restateAll();
                stateUrgent();
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
        LeaseAsk first = waiting.poll(untilDue(clock.getAsLong()), TimeUnit.NANOSECONDS);
        long nowNanos = clock.getAsLong();
        LeaseBatch batch = newBatch();
        int asked = askAgain(batch, nowNanos);
        List<LeaseAsk> asks = new ArrayList<>();
        if (first != null) {
            asks.add(first);
            waiting.drainTo(asks, Math.max(0, MOST_ASKS - 1 - asked));
        }
        asks.stream().filter(ask -> ask != WAKE).forEach(batch::add);
        drain(urgent, batch, MOST_CELLS);
        boolean tick = nextTickNanos - nowNanos <= 0;
        if (tick) {
            refill(nowNanos);
            drain(changed, batch, MOST_CELLS_A_TICK);
            boolean idle = nowNanos - usedNanos > RESTATE_NANOS;
            nextTickNanos = nowNanos + (idle ? IDLE_TICK_NANOS : TICK_NANOS);
        }
        if (tick || batch.cells() > 0) {
            exchange(batch, DEADLINE);
        }
        if (clock.getAsLong() - restatedNanos > RESTATE_NANOS) {
            restateAll();
        }
    }

    private long untilDue(long nowNanos) {
        if (!urgent.isEmpty()) {
            return 0;
        }
        long untilTick = nextTickNanos - nowNanos;
        return Math.max(
                0, parked.isEmpty() ? untilTick : Math.min(untilTick, nextParkedNanos - nowNanos));
    }

    /** Those who wait for others' slack, the longest waiting first. */
    private int askAgain(LeaseBatch batch, long nowNanos) {
        if (parked.isEmpty() || nextParkedNanos - nowNanos > 0) {
            return 0;
        }
        nextParkedNanos = nowNanos + AGAIN_NANOS;
        int asked = 0;
        while (asked < MOST_ASKS && !parked.isEmpty()) {
            LeaseAsk ask = parked.remove();
            if (!ask.isOver()) {
                batch.add(ask);
                asked++;
            }
        }
        return asked;
    }

    private void park(List<LeaseAsk> asks, long nowNanos) {
        if (parked.isEmpty() && !asks.isEmpty()) {
            nextParkedNanos = nowNanos + AGAIN_NANOS;
        }
        parked.addAll(asks);
        while (parked.size() > MOST_PARKED) {
            parked.remove().giveUp();
        }
    }

    /** Gives back at once what others wait for. */
    private void giveBack(List<String> keys, long nowNanos) {
        for (String key : keys) {
            Cell cell = key.startsWith(prefix) ? find(key.substring(prefix.length())) : null;
            if (cell != null && cell.givesBack(nowNanos)) {
                urgent.add(cell);
                if (givenBack.size() < MOST_TO_REFILL) {
                    givenBack.add(new GivenBack(cell, nowNanos));
                }
            }
        }
    }

    /** Once nobody waits any more, slack is worth having again: Redis may go away. */
    private void refill(long nowNanos) {
        GivenBack oldest = givenBack.peek();
        while (oldest != null && nowNanos - oldest.nanos() > Cell.WANTED_NANOS) {
            givenBack.remove().cell().unheard();
            oldest = givenBack.peek();
        }
    }

    private @Nullable Cell find(String key) {
        return cells == null ? null : cells.find(key);
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
        boolean hiccup = isHiccup(clock.getAsLong());
        nextTickNanos = clock.getAsLong() + PROBE_NANOS;
        exchange(newBatch(), PROBE_DEADLINE);
        if (!hiccup) {
            restateAll();
        }
        stateUrgent();
        nextTickNanos = clock.getAsLong();
        connected = true;
        if (warned) {
            LOGGER.atInfo().log("limits are shared again");
            warned = false;
        }
    }

    private void stateUrgent() throws LeaseFailure {
        while (!urgent.isEmpty()) {
            LeaseBatch batch = newBatch();
            drain(urgent, batch, MOST_CELLS);
            exchange(batch, PROBE_DEADLINE);
        }
    }

    private LeaseBatch newBatch() {
        return new LeaseBatch(prefix, closing, clock.getAsLong());
    }

    private void exchange(LeaseBatch batch, Duration deadline) throws LeaseFailure {
        long sentNanos = System.nanoTime();
        LeaseReply reply;
        try {
            Object[] words = batch.arguments(run, ++sequence, heardMillis);
            reply = batch.read(store.evaluate(batch.keys(), words, deadline));
        } catch (LeaseFailure | RuntimeException e) {
            batch.fail();
            throw e;
        }
        metrics.leaseCalls().record(System.nanoTime() - sentNanos, TimeUnit.NANOSECONDS);
        long nowNanos = clock.getAsLong();
        ingresses = reply.ingresses();
        heardMillis = reply.timeMillis();
        heardNanos = nowNanos;
        if (batch.cells() > 0) {
            usedNanos = nowNanos;
        }
        if (reply.cautiousMillis() > 0) {
            cautiousUntilNanos = nowNanos + TimeUnit.MILLISECONDS.toNanos(reply.cautiousMillis());
        } else {
            leasedNanos = nowNanos;
        }
        park(batch.settle(reply, nowNanos), nowNanos);
        giveBack(reply.wanted(), nowNanos);
        if (born != reply.born()) {
            boolean forgotten = born != 0;
            born = reply.born();
            if (forgotten) {
                LOGGER.atWarn().log("Redis has forgotten the limits; restating them");
                restateAll();
            }
        }
    }

    /** Everything on record is stated with the next calls. */
    private void restateAll() {
        restatedNanos = clock.getAsLong();
        if (cells != null) {
            cells.forEach(cell -> {
                if (cell.isOnRecord()) {
                    urgent.add(cell);
                }
            });
        }
    }

    private void drain(Queue<Cell> queue, LeaseBatch batch, int most) {
        for (int drained = 0; drained < most; drained++) {
            Cell cell = queue.poll();
            if (cell == null) {
                return;
            }
            // A newer cell of the same limit speaks for one that was forgotten.
            if (!cell.isForgotten() || find(cell.key()) == null) {
                batch.add(cell);
            }
        }
    }

    private void lose(String reason) {
        boolean wasConnected = connected;
        if (wasConnected) {
            lostNanos = clock.getAsLong();
        }
        connected = false;
        metrics.leaseFailed();
        nextTickNanos = clock.getAsLong() + (wasConnected ? FIRST_PROBE_NANOS : PROBE_NANOS);
        if (!warned && !isHiccup(clock.getAsLong())) {
            LOGGER.atWarn()
                    .addKeyValue("error", reason)
                    .log("limits are not shared: each ingress keeps to its lease and share");
            warned = true;
        }
        dismiss();
    }

    private void dismiss() {
        parked.forEach(ask -> ask.answer(new Verdict.Unknown()));
        parked.clear();
        LeaseAsk ask = waiting.poll();
        while (ask != null) {
            ask.answer(new Verdict.Unknown());
            ask = waiting.poll();
        }
    }
}

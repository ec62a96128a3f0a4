package dev.sluice.metering;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * The one thread that carries terminal events from the journal to Kafka, in order, and trims the
 * journal as they are acknowledged.
 *
 * <p>First it goes through what earlier runs left, and closes the requests that died with them.
 * Nothing is given up: what fails is sent again, by a new sender, until it is acknowledged; the
 * journal grows meanwhile.
 */
public final class Shipper implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(Shipper.class);
    private static final int RECORDS_A_ROUND = 1024;
    private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long DRAIN_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** A writer takes microseconds; one that takes this long was stopped, or has died. */
    private static final Duration WRITER_PATIENCE = Duration.ofSeconds(5);

    private static final Duration END_WITHIN = Duration.ofSeconds(5);

    private final Journal journal;
    private final @Nullable Acknowledgements acknowledgements;
    private final ShippingLane lane;
    private final JournalCursor cursor;
    private final OpenRequests openRequests = new OpenRequests();
    private final RequestClosing closing;
    private final SegmentTrimmer trimmer;
    private final Deque<OpenRequest> toClose = new ArrayDeque<>();
    private final MeterRegistry metrics;
    private final List<Gauge> gauges;
    private final Counter damaged;
    private final Counter holes;
    private final Counter shipped;
    private final Thread thread;

    /** Until every event of earlier runs is on its way. */
    private volatile boolean recovering;

    private volatile int openCount;
    private final AtomicLong shippedCount = new AtomicLong();
    private volatile long skippedCount;
    private boolean failing;
    private volatile boolean stopping;

    /**
     * A shipper for a journal; one at a time.
     *
     * @param senders makes a sender, again after a failure
     */
    public Shipper(Journal journal, Supplier<EventSender> senders, MeterRegistry metrics) {
        this(journal, senders, metrics, WRITER_PATIENCE);
    }

    Shipper(
            Journal journal,
            Supplier<EventSender> senders,
            MeterRegistry metrics,
            Duration patience) {
        this.journal = journal;
        this.metrics = metrics;
        this.recovering = !journal.chain().oldest().isLive();
        this.acknowledgements = journal.acknowledgements();
        this.lane =
                new ShippingLane(
                        senders, metrics.counter(MeterNames.SHIP_FAILURES), acknowledgements);
        this.cursor = new JournalCursor(journal.chain().oldest(), journal.folder(), patience);
        this.closing = new RequestClosing(journal::nextPosition);
        this.trimmer = new SegmentTrimmer(journal, openRequests, journal.chain().keepSegments());
        this.damaged = metrics.counter(MeterNames.CORRUPT);
        this.holes = metrics.counter(MeterNames.HOLES);
        this.shipped = metrics.counter(MeterNames.SHIPPED);
        this.thread = Thread.ofPlatform().name("spend-shipper").daemon().unstarted(this::run);
        if (acknowledgements != null) {
            acknowledgements.shippedBy(thread);
        }
        this.gauges =
                List.of(
                        Gauge.builder(MeterNames.PENDING, this, Shipper::pending)
                                .description("events written down and not yet acknowledged")
                                .register(metrics),
                        Gauge.builder(MeterNames.OLDEST_PENDING, lane, ShippingLane::oldestSeconds)
                                .description("age of the event that is next to be acknowledged")
                                .register(metrics),
                        Gauge.builder(MeterNames.OPEN_REQUESTS, this, shipper -> shipper.openCount)
                                .description("requests without a final event")
                                .register(metrics));
    }

    /** Begins to ship. */
    public void start() {
        thread.start();
    }

    private void run() {
        try {
            while (!stopping) {
                if (!round()) {
                    LockSupport.parkNanos(this, IDLE_NANOS);
                }
            }
        } finally {
            // The interrupt has done its work; closing a producer would stumble over it.
            boolean interrupted = Thread.interrupted();
            lane.close();
            LOGGER.atDebug().addKeyValue("interrupted", interrupted).log("shipper ended");
        }
    }

    /** One round of work; false if there is nothing to do for now. */
    private boolean round() {
        try {
            boolean settled = settle();
            // Away or not: what is read has an age that can be told.
            boolean ready = lane.isReady();
            boolean loaded = load() && ready;
            openCount = openRequests.size() + toClose.size();
            failing = false;
            return settled || loaded;
        } catch (RuntimeException e) {
            if (journal.isClosed()) {
                stopping = true;
            } else if (!failing) {
                LOGGER.atError().setCause(e).log("shipping failed unexpectedly");
            }
            failing = true;
            return false;
        }
    }

    /** Takes note of what was acknowledged. */
    private boolean settle() {
        @Nullable Shipment last = null;
        long count = 0;
        for (Shipment done = lane.next(); done != null; done = lane.next()) {
            if (last != null && last.segment() != done.segment()) {
                last.segment().noteShippedUpTo(last.end());
            }
            settle(done);
            last = done;
            count++;
        }
        if (last != null) {
            last.segment().noteShippedUpTo(last.end());
            shipped.increment((double) count);
            shippedCount.addAndGet(count);
            if (acknowledgements != null) {
                acknowledgements.reached();
            }
        }
        trimmer.trim(cursor.segment());
        return last != null;
    }

    private static void settle(Shipment done) {
        done.segment().holds().acknowledged();
        OpenRequest closed = done.closes();
        if (closed != null) {
            closed.release();
        }
    }

    /** Puts on its way what is new; false if nothing is, or the lane is full. */
    private boolean load() {
        int read = 0;
        while (read < RECORDS_A_ROUND && lane.hasRoom()) {
            if (!toClose.isEmpty()) {
                close(toClose.remove());
            } else if (recovering && cursor.segment().isLive()) {
                recovering = false;
            } else if (!advance()) {
                break;
            }
            read++;
        }
        return read > 0;
    }

    private boolean advance() {
        long damagedBefore = cursor.damaged();
        long holesBefore = cursor.holes();
        boolean found = cursor.advance();
        damaged.increment((double) (cursor.damaged() - damagedBefore));
        holes.increment((double) (cursor.holes() - holesBefore));
        skippedCount = cursor.damaged() + cursor.holes();
        if (recovering && cursor.segment().isLive()) {
            // Whoever is open now was open when an earlier run died.
            toClose.addAll(openRequests.takeAll());
            recovered();
        }
        if (found) {
            ship();
        }
        return found || !toClose.isEmpty();
    }

    private void recovered() {
        LOGGER.atInfo()
                .addKeyValue("journal", journal.id())
                .addKeyValue("closing", toClose.size())
                .log("journal of an earlier run is read");
    }

    private void ship() {
        boolean fromEarlierRun = !cursor.segment().isLive();
        byte type = cursor.type();
        if (type != RecordFormat.EXTRA) {
            openRequests.learn(cursor, fromEarlierRun);
        }
        boolean known = fromEarlierRun && cursor.end() <= cursor.segment().shippedUpTo();
        if (type != RecordFormat.START && !cursor.isMoved() && !known) {
            lane.ship(Shipment.of(cursor, waiter(fromEarlierRun)));
        }
    }

    private @Nullable CountDownLatch waiter(boolean fromEarlierRun) {
        return acknowledgements == null || fromEarlierRun
                ? null
                : acknowledgements.waiter(cursor.requestId(), cursor.attempt());
    }

    private void close(OpenRequest request) {
        List<byte[]> events = closing.events(request);
        byte[] key = KeyText.of(request.id());
        for (int i = 0; i < events.size(); i++) {
            @Nullable OpenRequest closes = i == events.size() - 1 ? request : null;
            lane.ship(Shipment.closing(key, events.get(i), cursor, closes));
        }
        if (events.isEmpty()) {
            damaged.increment();
            request.release();
        }
    }

    /**
     * Events that are written down and not acknowledged. While an earlier run's journal is being
     * read, what it holds is not known yet and counts as one.
     */
    public long pending() {
        long own = Math.max(0, journal.accepted() - lane.ownAcknowledged());
        return own + lane.foreignUnderWay() + (recovering ? 1 : 0);
    }

    /** Requests without a final event, as far as the journal has been read. */
    public long openRequests() {
        return openCount;
    }

    /** Events that were shipped and acknowledged. */
    public long shipped() {
        return shippedCount.get();
    }

    /** Spans of earlier runs' segments that are no record: damaged, or never completed. */
    public long skipped() {
        return skippedCount;
    }

    /** Whether nothing is left of what earlier runs wrote. */
    boolean isRecovered() {
        return !recovering && pending() == 0 && journal.chain().oldest().isLive();
    }

    /**
     * Waits until everything is acknowledged.
     *
     * @return false if that took longer than {@code atMost}, or the thread was interrupted
     */
    public boolean drain(Duration atMost) {
        long start = System.nanoTime();
        while (pending() > 0) {
            if (System.nanoTime() - start > atMost.toNanos()
                    || Thread.currentThread().isInterrupted()) {
                return false;
            }
            LockSupport.parkNanos(this, DRAIN_POLL_NANOS);
        }
        return true;
    }

    /** Stops; what is not acknowledged stays in the journal for the next run. */
    @Override
    public void close() {
        stopping = true;
        gauges.forEach(metrics::remove);
        if (thread.getState() == Thread.State.NEW) {
            return;
        }
        thread.interrupt();
        try {
            if (!thread.join(END_WITHIN)) {
                LOGGER.atWarn().log("shipper does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

package dev.sluice.metering;

import dev.sluice.schemas.JsonBytes;
import dev.sluice.schemas.SpendEventCodec;
import dev.sluice.schemas.config.GatewayConfig.JournalSettings;
import dev.sluice.schemas.events.SpendEvent;

import io.micrometer.core.instrument.MeterRegistry;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Where spend events are written down before anyone is told of them.
 *
 * <p>A request thread makes no system call and takes no lock here: it encodes, reserves a place in
 * a mapped file, and copies. What is written survives the death of the process at once and a power
 * loss after the settings' fsync interval. {@link Shipper} carries it on.
 *
 * <p>For one attempt, {@link #started} comes before {@link #ended}, and both name the same event
 * id, request id, attempt and start time: an event is booked by its id and the day of its start.
 */
public final class Journal implements AutoCloseable {

    private static final int USUAL_BYTES = 1024;
    private static final int SMALLEST_SEGMENT = 64 << 10;
    private static final long LARGEST_SEGMENT = 1L << 30;

    /**
     * How long a thread waits for a segment that is allowed but not there yet, because the disk is
     * slower than the calls. An end may wait longer: its attempt has been paid for.
     */
    private static final long START_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final long END_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final Duration PREPARE_INTERVAL = Duration.ofMillis(10);

    /** What design and documentation promise where Kafka is what makes an event safe. */
    private static final Duration ACKNOWLEDGED_WITHIN = Duration.ofMillis(200);

    private static final long SEGMENT_POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

    private final SpendEventCodec codec = new SpendEventCodec();
    private final JournalFolder folder;
    private final SegmentChain chain;
    private final DiskLoop preparing;
    private final DiskLoop forcing;
    private final JournalMeters meters;
    private final boolean refuses;

    /** Null where the disk is what makes an event safe. */
    private final @Nullable Acknowledgements acknowledgements;

    private final int maxPayload;
    private final long reserveForEnds;
    private final String id;
    private final AtomicLong sequence;
    private final LongAdder accepted = new LongAdder();
    private volatile boolean closed;

    /** What became of a record. */
    enum Outcome {
        WRITTEN,
        FULL,
        SLOW_DISK,
        TOO_LARGE,
        CLOSED,
        UNACKNOWLEDGED
    }

    private Journal(
            JournalFolder folder,
            SegmentChain chain,
            JournalSettings settings,
            MeterRegistry metrics) {
        this.folder = folder;
        this.chain = chain;
        this.preparing = new DiskLoop("journal-prepare", PREPARE_INTERVAL, chain::makeReady);
        this.meters = new JournalMeters(metrics, chain, accepted);
        this.forcing = new DiskLoop("journal-force", settings.fsyncInterval(), () -> force(meters));
        this.refuses = settings.whenFull() == JournalSettings.WhenFull.REFUSE;
        this.acknowledgements =
                settings.durability() == JournalSettings.Durability.KAFKA
                        ? new Acknowledgements(ACKNOWLEDGED_WITHIN)
                        : null;
        this.maxPayload = (int) Math.min(RecordFormat.MAX_PAYLOAD, settings.segmentBytes() / 4);
        this.reserveForEnds = Math.max(settings.segmentBytes(), settings.maxBytes() / 16);
        // Microseconds: unique over restarts while events are fewer than a million a second.
        long first = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
        this.sequence = new AtomicLong(first);
        this.id = folder.id() + "." + Long.toString(first, Character.MAX_RADIX);
    }

    /**
     * Opens the journal in a folder, which is made where it is missing. What an earlier run left in
     * it is shipped by the next {@link Shipper}.
     *
     * @throws JournalLockedException if a running process has the folder
     * @throws IOException if the disk refuses
     * @throws IllegalArgumentException if the settings leave no room for three segments
     */
    public static Journal open(Path directory, JournalSettings settings, MeterRegistry metrics)
            throws IOException {
        check(settings);
        JournalFolder folder = JournalFolder.open(directory);
        try {
            var journal =
                    new Journal(folder, new SegmentChain(folder, settings), settings, metrics);
            journal.preparing.start();
            if (journal.acknowledgements == null) {
                journal.forcing.start();
            }
            return journal;
        } catch (IOException | RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    private void force(JournalMeters timed) {
        long begin = System.nanoTime();
        if (chain.force()) {
            timed.forced(System.nanoTime() - begin);
        }
    }

    private static void check(JournalSettings settings) {
        long segment = settings.segmentBytes();
        if (segment < SMALLEST_SEGMENT || segment > LARGEST_SEGMENT || segment % 4096 != 0) {
            throw new IllegalArgumentException(
                    "journal segment_bytes is "
                            + segment
                            + ", not a multiple of 4096 from 64 KiB to 1 GiB");
        }
        if (settings.maxBytes() < 3 * segment) {
            throw new IllegalArgumentException(
                    "journal max_bytes is " + settings.maxBytes() + ", less than three segments");
        }
        if (!settings.fsyncInterval().isPositive()) {
            throw new IllegalArgumentException("journal fsync_interval is not positive");
        }
    }

    /**
     * The journal's id: that of its folder and when this process opened it, so that who writes it
     * can tell his own events from those that an earlier run left.
     */
    public String id() {
        return id;
    }

    /** The place that the next event names as its own. Never given twice. */
    public SpendEvent.JournalPosition nextPosition() {
        return new SpendEvent.JournalPosition(id, sequence.getAndIncrement());
    }

    /**
     * Writes down that an attempt begins; to be called before the provider is.
     *
     * @param presumed what is booked if nothing more is heard of this attempt: estimated and final
     * @return false if it was not written, because the journal is full or its disk too slow; room
     *     is kept for the ends of what was accepted. Also where Kafka must have the events, does
     *     not answer, and the settings say to refuse then
     */
    public boolean started(SpendEvent presumed) {
        Outcome outcome;
        if (refuses && acknowledgements != null && !acknowledgements.isReachable()) {
            outcome = Outcome.UNACKNOWLEDGED;
        } else if (chain.room() < reserveForEnds) {
            outcome = Outcome.FULL;
        } else {
            outcome = append(RecordFormat.START, presumed);
        }
        return written("start", outcome);
    }

    /**
     * Writes down how an attempt ended; to be called before the caller gets the end of his answer.
     * Where Kafka is what makes events safe, it waits up to 200 ms for the acknowledgement of what
     * costs money and ends its request.
     *
     * @return false if it is not safe: it was not written, because the journal is full or its disk
     *     too slow, or Kafka has not acknowledged it. What was written is shipped all the same
     */
    public boolean ended(SpendEvent event) {
        Acknowledgements wanted = acknowledgements;
        if (wanted == null || !costs(event)) {
            return endedOnDisk(event);
        }
        return endedInKafka(event, wanted);
    }

    private static boolean costs(SpendEvent event) {
        return event.isFinal()
                && switch (event.kind()) {
                    case SETTLED, ESTIMATED -> true;
                    case VOIDED, CACHE_HIT, ADJUSTED -> false;
                };
    }

    private boolean endedInKafka(SpendEvent event, Acknowledgements wanted) {
        if (!refuses && !wanted.isReachable()) {
            // One call has waited in vain; until Kafka answers, the others need not.
            meters.unacknowledged();
            return endedOnDisk(event);
        }
        CountDownLatch latch = wanted.expect(event.requestId(), event.attempt());
        try {
            if (!endedOnDisk(event)) {
                return false;
            }
            boolean safe = wanted.await(latch);
            if (!safe) {
                meters.unacknowledged();
            }
            return safe;
        } finally {
            wanted.forget(event.requestId(), event.attempt());
        }
    }

    private boolean endedOnDisk(SpendEvent event) {
        boolean adjusted = event.kind() == SpendEvent.Kind.ADJUSTED;
        byte type = adjusted ? RecordFormat.EXTRA : RecordFormat.END;
        if (!written("end", append(type, event))) {
            return false;
        }
        accepted.increment();
        return true;
    }

    private boolean written(String record, Outcome outcome) {
        if (outcome != Outcome.WRITTEN) {
            meters.refused(record, outcome);
        }
        return outcome == Outcome.WRITTEN;
    }

    private Outcome append(byte type, SpendEvent event) {
        var json = new JsonBytes(RecordFormat.HEADER, USUAL_BYTES);
        codec.encode(event, json);
        byte flags = event.isFinal() ? RecordFormat.FINAL : 0;
        return append(json.array(), json.length(), type, flags, event.attempt(), event.requestId());
    }

    /** Writes a copy of an older record, so that its segment can go; the shipper's. */
    Outcome move(byte[] payload, byte type, byte flags, int attempt, UUID requestId) {
        byte[] image = new byte[RecordFormat.HEADER + payload.length];
        System.arraycopy(payload, 0, image, RecordFormat.HEADER, payload.length);
        byte moved = (byte) (flags | RecordFormat.MOVED);
        return append(image, payload.length, type, moved, attempt, requestId);
    }

    private Outcome append(
            byte[] image, int length, byte type, byte flags, int attempt, UUID requestId) {
        if (length > maxPayload) {
            return Outcome.TOO_LARGE;
        }
        long firstWord = RecordFormat.seal(image, length, type, flags, attempt, requestId);
        int size = RecordFormat.size(length);
        long atMostNanos = type == RecordFormat.START ? START_WAIT_NANOS : END_WAIT_NANOS;
        long waitingSince = 0;
        try {
            while (!closed) {
                Segment segment = chain.active();
                int at = segment.reserve(size);
                if (at >= 0) {
                    if (segment.publish(at, image, length, firstWord)) {
                        meters.written(type, size);
                        return Outcome.WRITTEN;
                    }
                } else if (!chain.roll(segment)) {
                    if (!chain.mayGrow()) {
                        return Outcome.FULL;
                    }
                    long now = System.nanoTime();
                    waitingSince = waitingSince == 0 ? now : waitingSince;
                    if (now - waitingSince > atMostNanos) {
                        return Outcome.SLOW_DISK;
                    }
                    LockSupport.parkNanos(this, SEGMENT_POLL_NANOS);
                }
            }
        } catch (IllegalStateException unmapped) {
            // Closed between the look at the flag and the copy: the mapping itself refuses.
            if (!closed) {
                throw unmapped;
            }
        }
        return Outcome.CLOSED;
    }

    SegmentChain chain() {
        return chain;
    }

    JournalFolder folder() {
        return folder;
    }

    /** Who waits for Kafka; null where the disk is what makes an event safe. */
    @Nullable Acknowledgements acknowledgements() {
        return acknowledgements;
    }

    /** Ends that this process has written. */
    long accepted() {
        return accepted.sum();
    }

    boolean isClosed() {
        return closed;
    }

    /** Forces everything to the disk and gives the folder free. Close the shipper first. */
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        meters.close();
        preparing.close();
        forcing.close();
        try (folder) {
            chain.close();
        }
    }
}

package dev.sluice.spend;

import dev.sluice.schemas.Topics;
import dev.sluice.spend.SpendBooks.Outcome;
import dev.sluice.spend.SpendBooks.Outcome.Booked;
import dev.sluice.spend.SpendBooks.Outcome.Fenced;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Reads and books until something ends it. While one batch is being booked the next is read, so
 * that batches grow with the load by themselves; a bound on both keeps the memory.
 */
final class SinkSession implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(SinkSession.class);
    private static final int BATCH_RECORDS_MAX = 20_000;
    private static final long BATCH_BYTES_MAX = 32L << 20;

    /** A transaction has a price of its own: few events wait this long for others. */
    private static final Duration GATHERING = Duration.ofMillis(100);

    private static final int NOT_FEW = 1_000;
    private static final Duration POLL_IDLE = Duration.ofMillis(500);
    private static final Duration POLL_BUSY = Duration.ofMillis(5);
    private static final Duration FINISH_TIMEOUT = Duration.ofSeconds(5);

    /** Who wants to know what becomes of the batches. */
    interface Listener {

        /** Called by the booking thread right after the commit. */
        void booked(Booked booked, List<OffsetMove> moves, Duration took);

        /** The session ends: another sink is in this partition. */
        void fenced(OffsetMove move);

        /** The session ends, and no other may begin. */
        void halted(String reason);
    }

    /** A batch on its way. */
    private record Booking(List<OffsetMove> moves, Future<Outcome> outcome) {}

    private final Consumer<byte[], byte[]> consumer;
    private final SpendBooks books;
    private final DeadLetters deadLetters;
    private final Listener listener;
    private final Positions positions;
    private final BatchReader unbooked = new BatchReader(Topics.SPEND.codec());
    private final ExecutorService bookingThread =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().name("spend-booking").daemon().factory());
    private @Nullable Booking booking;
    private long bookedLast = System.nanoTime() - GATHERING.toNanos();

    SinkSession(
            Consumer<byte[], byte[]> consumer,
            SinkOffsets offsets,
            SpendBooks books,
            DeadLetters deadLetters,
            Listener listener) {
        this.consumer = consumer;
        this.books = books;
        this.deadLetters = deadLetters;
        this.listener = listener;
        positions = new Positions(consumer, offsets, this::finishBeforePartitionsGo);
        consumer.subscribe(List.of(Topics.SPEND.name()), positions);
    }

    /**
     * Reads once, and books if it is time to.
     *
     * @return false if the session is at its end
     * @throws RuntimeException what went wrong with Kafka or with the booking of the last batch
     */
    boolean turn() throws InterruptedException {
        unbooked.read(consumer.poll(patience()), positions.next());
        if (unbooked.newer() != null) {
            String reason = String.valueOf(unbooked.newer().getMessage());
            if (finish()) {
                listener.halted(reason);
            }
            return false;
        }
        if (booking != null && (booking.outcome().isDone() || isFull()) && !settle()) {
            return false;
        }
        if (booking == null && !unbooked.isEmpty() && untilDue().isZero()) {
            book();
        }
        return true;
    }

    /** Waits for the batch that is being booked, 5 s at most. */
    @Override
    public void close() {
        bookingThread.shutdown();
        try {
            if (!bookingThread.awaitTermination(FINISH_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                bookingThread.shutdownNow();
            }
        } catch (InterruptedException e) {
            bookingThread.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    private Duration patience() {
        if (booking != null) {
            return POLL_BUSY;
        }
        return unbooked.isEmpty() ? POLL_IDLE : untilDue();
    }

    private Duration untilDue() {
        Duration waited = Duration.ofNanos(System.nanoTime() - bookedLast);
        boolean due = unbooked.size() >= NOT_FEW || waited.compareTo(GATHERING) >= 0;
        return due ? Duration.ZERO : GATHERING.minus(waited);
    }

    private boolean isFull() {
        return unbooked.size() >= BATCH_RECORDS_MAX || unbooked.bytes() >= BATCH_BYTES_MAX;
    }

    private void book() {
        SpendBatch batch = unbooked.take();
        bookedLast = System.nanoTime();
        booking = new Booking(batch.moves(), bookingThread.submit(() -> book(batch)));
    }

    private Outcome book(SpendBatch batch) {
        long startedAt = System.nanoTime();
        Outcome outcome = books.book(batch, deadLetters::send);
        if (outcome instanceof Booked booked) {
            Duration took = Duration.ofNanos(System.nanoTime() - startedAt);
            listener.booked(booked, batch.moves(), took);
        }
        return outcome;
    }

    /** Waits for the batch under way; false if it was fenced. */
    private boolean settle() throws InterruptedException {
        Booking underWay = booking;
        if (underWay == null) {
            return true;
        }
        booking = null;
        try {
            return switch (underWay.outcome().get()) {
                case Booked _ -> {
                    tellKafka(underWay.moves());
                    yield true;
                }
                case Fenced(OffsetMove move) -> {
                    listener.fenced(move);
                    yield false;
                }
            };
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new BookingFailedException(e.getCause());
        }
    }

    /** Books all that was read; false if that was fenced. */
    private boolean finish() throws InterruptedException {
        if (!settle()) {
            return false;
        }
        if (!unbooked.isEmpty()) {
            book();
        }
        return settle();
    }

    /** The next owner then begins behind what was read here. */
    private void finishBeforePartitionsGo() {
        if (bookingThread.isShutdown()) {
            return;
        }
        try {
            if (!finish()) {
                throw new BookingFailedException(null);
            }
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    /** For tools that show a group's lag; nothing here depends on it. */
    private void tellKafka(List<OffsetMove> moves) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        moves.forEach(move -> offsets.put(move.partition(), new OffsetAndMetadata(move.to())));
        consumer.commitAsync(
                offsets,
                (_, failure) -> {
                    if (failure != null) {
                        LOGGER.atDebug().setCause(failure).log("Kafka was not told the offsets");
                    }
                });
    }

    /** A batch was not booked; nothing of it is in the books. */
    static final class BookingFailedException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        BookingFailedException(@Nullable Throwable cause) {
            super("a batch was not booked", cause);
        }
    }
}

package dev.sluice.router.budgets;

import static java.util.Objects.requireNonNull;

import dev.sluice.router.budgets.BudgetMetrics.Event;
import dev.sluice.schemas.NewerVersionException;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.UnreadableRecordException;
import dev.sluice.schemas.events.SpendEvent;

import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.WindowStore;
import org.apache.kafka.streams.state.WindowStoreIterator;
import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/**
 * Takes each spend event once and charges it to its accounts.
 *
 * <p>An event id is known for 24 h of the partition's time, which is the latest time that a
 * producer stamped on a record, and never ahead of ours. The first of an id wins, whatever it
 * costs, as in the books.
 */
final class SpendReader implements Processor<String, byte[], String, byte[]> {

    static final String SEEN = "seen";
    static final Duration WINDOW = Duration.ofHours(24);

    private static final byte[] NOTHING = new byte[0];

    private final BudgetMetrics metrics;
    private @Nullable ProcessorContext<String, byte[]> context;
    private @Nullable WindowStore<byte[], byte[]> seen;
    private Instant partitionTime = Instant.EPOCH;

    SpendReader(BudgetMetrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public void init(ProcessorContext<String, byte[]> context) {
        this.context = context;
        this.seen = context.getStateStore(SEEN);
    }

    @Override
    public void process(Record<String, byte[]> record) {
        SpendEvent event = decoded(record.value());
        if (event == null) {
            metrics.saw(Event.UNREADABLE);
        } else if (!isFirst(event.eventId(), record.timestamp())) {
            metrics.saw(Event.REPEATED);
        } else if (event.costPico() == 0) {
            metrics.saw(Event.FREE);
        } else {
            metrics.saw(Event.COUNTED);
            charge(event, record);
        }
    }

    private static @Nullable SpendEvent decoded(byte @Nullable [] value) {
        try {
            return value == null ? null : Topics.SPEND.codec().decode(value);
        } catch (NewerVersionException e) {
            throw new NewerRecordException("a spend event is newer than this worker", e);
        } catch (UnreadableRecordException e) {
            // Counted by the caller; the sink of the books keeps the record as a dead letter.
            return null;
        }
    }

    private boolean isFirst(UUID eventId, long sentAt) {
        WindowStore<byte[], byte[]> store = requireNonNull(seen, "not begun");
        Instant at = pass(sentAt);
        byte[] id = bytes(eventId);
        try (WindowStoreIterator<byte[]> same =
                store.fetch(id, at.minus(WINDOW), at.plus(WINDOW))) {
            if (same.hasNext()) {
                return false;
            }
        }
        store.put(id, NOTHING, at.toEpochMilli());
        return true;
    }

    /**
     * The partition's time after a record. The store forgets by it: a time ahead of ours would make
     * it forget what is young, and it would not take in what is too old.
     */
    private Instant pass(long sentAt) {
        long now = requireNonNull(context, "not begun").currentSystemTimeMs();
        Instant at = Instant.ofEpochMilli(Math.min(sentAt, now));
        if (at.isAfter(partitionTime)) {
            partitionTime = at;
        }
        return partitionTime;
    }

    private void charge(SpendEvent event, Record<String, byte[]> record) {
        ProcessorContext<String, byte[]> current = requireNonNull(context, "not begun");
        FanOut.of(event)
                .forEach((account, charge) -> {
                    if (account.length() > FanOut.ACCOUNT_CHARS_MAX) {
                        metrics.saw(Event.MISNAMED);
                    } else {
                        current.forward(new Record<>(account, charge.packed(), record.timestamp()));
                    }
                });
    }

    private static byte[] bytes(UUID id) {
        return ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
    }
}

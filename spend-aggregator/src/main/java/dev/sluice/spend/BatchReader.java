package dev.sluice.spend;

import dev.sluice.schemas.Codec;
import dev.sluice.schemas.NewerVersionException;
import dev.sluice.schemas.UnreadableRecordException;
import dev.sluice.schemas.events.SpendEvent;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects what was polled until it is taken as one batch. Not safe for use by several threads. */
final class BatchReader {

    private final Codec<SpendEvent> codec;
    private final List<Delivery> deliveries = new ArrayList<>();
    private final List<Refusal> damaged = new ArrayList<>();
    private final Map<TopicPartition, OffsetMove> moves = new LinkedHashMap<>();
    private long bytes;
    private @Nullable NewerVersionException newer;

    BatchReader(Codec<SpendEvent> codec) {
        this.codec = codec;
    }

    /**
     * Adds what was polled of partitions that are ours.
     *
     * @param positions the next offsets to read; they move forward
     */
    void read(ConsumerRecords<byte[], byte[]> polled, Map<TopicPartition, Long> positions) {
        polled.nextOffsets()
                .forEach((partition, next) -> {
                    Long from = positions.get(partition);
                    if (from != null) {
                        long to = partition(polled.records(partition), next.offset());
                        if (to != from) {
                            positions.put(partition, to);
                            moves.merge(
                                    partition,
                                    new OffsetMove(partition, from, to),
                                    (first, last) ->
                                            new OffsetMove(partition, first.from(), last.to()));
                        }
                    }
                });
    }

    boolean isEmpty() {
        return moves.isEmpty();
    }

    int size() {
        return deliveries.size() + damaged.size();
    }

    /** Of the records' values. */
    long bytes() {
        return bytes;
    }

    /** Set if a record of a newer version was met: nothing behind it must be read. */
    @Nullable NewerVersionException newer() {
        return newer;
    }

    /** What has been read since the last time. */
    SpendBatch take() {
        List<OffsetMove> sorted = new ArrayList<>(moves.values());
        sorted.sort(
                Comparator.comparing((OffsetMove move) -> move.partition().topic())
                        .thenComparingInt(move -> move.partition().partition()));
        var batch = new SpendBatch(deliveries, damaged, sorted, newer);
        deliveries.clear();
        damaged.clear();
        moves.clear();
        bytes = 0;
        return batch;
    }

    /** Returns the next offset to read. */
    private long partition(List<ConsumerRecord<byte[], byte[]>> records, long end) {
        for (ConsumerRecord<byte[], byte[]> record : records) {
            try {
                read(record);
            } catch (NewerVersionException e) {
                newer = e;
                return record.offset();
            }
        }
        return end;
    }

    private void read(ConsumerRecord<byte[], byte[]> record) throws NewerVersionException {
        byte[] value = record.value();
        if (value == null) {
            damaged.add(new Refusal(record, "a spend event is empty"));
            return;
        }
        bytes += value.length;
        try {
            SpendEvent event = codec.decode(value);
            String reason = EventChecks.reasonAgainst(event);
            if (reason == null) {
                deliveries.add(new Delivery(event, record));
            } else {
                damaged.add(new Refusal(record, reason));
            }
        } catch (UnreadableRecordException e) {
            damaged.add(new Refusal(record, String.valueOf(e.getMessage())));
        } catch (RuntimeException e) {
            // Whatever is in a record: it must not stop the books.
            damaged.add(new Refusal(record, "a spend event is damaged: " + e.getClass()));
        }
    }
}

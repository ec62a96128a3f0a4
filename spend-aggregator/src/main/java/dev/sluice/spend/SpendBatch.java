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
import java.util.List;
import java.util.Map;

/**
 * What is booked in one transaction.
 *
 * @param damaged records that hold no event
 * @param moves sorted by partition, so that two bookers lock in the same order
 * @param newer set if a record of a newer version was met; its partition is taken up to there
 */
record SpendBatch(
        List<Delivery> deliveries,
        List<Refusal> damaged,
        List<OffsetMove> moves,
        @Nullable NewerVersionException newer) {

    SpendBatch {
        deliveries = List.copyOf(deliveries);
        damaged = List.copyOf(damaged);
        moves = List.copyOf(moves);
    }

    /** Reads what was polled; {@code positions} are the next offsets to book. */
    static SpendBatch read(
            ConsumerRecords<byte[], byte[]> polled,
            Map<TopicPartition, Long> positions,
            Codec<SpendEvent> codec) {
        var reading = new Reading(codec);
        polled.nextOffsets()
                .forEach((partition, next) -> {
                    Long from = positions.get(partition);
                    if (from != null) {
                        reading.partition(
                                polled.records(partition),
                                new OffsetMove(partition, from, next.offset()));
                    }
                });
        return reading.result();
    }

    boolean isEmpty() {
        return moves.isEmpty();
    }

    /** What has been read so far. */
    private static final class Reading {

        private final Codec<SpendEvent> codec;
        private final List<Delivery> deliveries = new ArrayList<>();
        private final List<Refusal> damaged = new ArrayList<>();
        private final List<OffsetMove> moves = new ArrayList<>();
        private @Nullable NewerVersionException newer;

        Reading(Codec<SpendEvent> codec) {
            this.codec = codec;
        }

        void partition(List<ConsumerRecord<byte[], byte[]>> records, OffsetMove whole) {
            long to = whole.to();
            for (ConsumerRecord<byte[], byte[]> record : records) {
                try {
                    read(record);
                } catch (NewerVersionException e) {
                    newer = e;
                    to = record.offset();
                    break;
                }
            }
            if (to != whole.from()) {
                moves.add(new OffsetMove(whole.partition(), whole.from(), to));
            }
        }

        private void read(ConsumerRecord<byte[], byte[]> record) throws NewerVersionException {
            byte[] bytes = record.value();
            if (bytes == null) {
                damaged.add(new Refusal(record, "a spend event is empty"));
                return;
            }
            try {
                deliveries.add(new Delivery(codec.decode(bytes), record));
            } catch (UnreadableRecordException e) {
                damaged.add(new Refusal(record, String.valueOf(e.getMessage())));
            } catch (RuntimeException e) {
                // Whatever is in a record: it must not stop the books.
                damaged.add(new Refusal(record, "a spend event is damaged: " + e.getClass()));
            }
        }

        SpendBatch result() {
            moves.sort(
                    Comparator.comparing((OffsetMove move) -> move.partition().topic())
                            .thenComparingInt(move -> move.partition().partition()));
            return new SpendBatch(deliveries, damaged, moves, newer);
        }
    }
}

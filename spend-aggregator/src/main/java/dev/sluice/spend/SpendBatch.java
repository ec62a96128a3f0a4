package dev.sluice.spend;

import dev.sluice.schemas.Codec;
import dev.sluice.schemas.NewerVersionException;
import dev.sluice.schemas.events.SpendEvent;

import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is booked in one transaction.
 *
 * @param damaged records that hold no event, or one that no books can hold
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
        var reader = new BatchReader(codec);
        reader.read(polled, new HashMap<>(positions));
        return reader.take();
    }

    boolean isEmpty() {
        return moves.isEmpty();
    }
}

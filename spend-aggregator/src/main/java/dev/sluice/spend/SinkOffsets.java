package dev.sluice.spend;

import static dev.sluice.spend.db.Tables.SINK_OFFSETS;

import org.apache.kafka.common.TopicPartition;
import org.jooq.DSLContext;
import org.jooq.Update;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * How far each partition is booked. PostgreSQL's word counts, not Kafka's: the offset moves in the
 * transaction that books.
 */
final class SinkOffsets {

    private final DSLContext sql;

    SinkOffsets(DSLContext sql) {
        this.sql = sql;
    }

    /**
     * The next offsets to book of these partitions; one that is new here begins at offset 0.
     *
     * <p>Where the topic's own beginning is later, Kafka moves the reader there.
     */
    Map<TopicPartition, Long> open(Collection<TopicPartition> partitions) {
        return sql.transactionResult(transaction -> {
            DSLContext inside = transaction.dsl();
            Map<TopicPartition, Long> next = new HashMap<>();
            for (TopicPartition partition : partitions) {
                insertIfNew(inside, partition);
                next.put(partition, nextOf(inside, partition));
            }
            return next;
        });
    }

    /**
     * Takes a partition back to its beginning.
     *
     * @throws IllegalStateException if another booker has moved it
     */
    void restart(OffsetMove move) {
        sql.transaction(transaction -> {
            if (move(transaction.dsl(), List.of(move)).isPresent()) {
                throw new IllegalStateException(move.partition() + " was moved by another");
            }
        });
    }

    /** The next offsets to book of all partitions of a topic that were ever opened. */
    Map<Integer, Long> of(String topic) {
        return sql.select(SINK_OFFSETS.PARTITION, SINK_OFFSETS.NEXT)
                .from(SINK_OFFSETS)
                .where(SINK_OFFSETS.TOPIC.eq(topic))
                .fetchMap(SINK_OFFSETS.PARTITION, SINK_OFFSETS.NEXT);
    }

    /**
     * Moves offsets forward inside a transaction.
     *
     * @return a move that does not begin where the table stands: another booker was there
     */
    static Optional<OffsetMove> move(DSLContext transaction, List<OffsetMove> moves) {
        List<? extends Update<?>> updates =
                moves.stream()
                        .map(move ->
                                transaction
                                        .update(SINK_OFFSETS)
                                        .set(SINK_OFFSETS.NEXT, move.to())
                                        .where(
                                                SINK_OFFSETS.TOPIC.eq(move.partition().topic()),
                                                SINK_OFFSETS.PARTITION.eq(
                                                        move.partition().partition()),
                                                SINK_OFFSETS.NEXT.eq(move.from())))
                        .toList();
        int[] moved = transaction.batch(updates).execute();
        return IntStream.range(0, moves.size())
                .filter(i -> moved[i] != 1)
                .mapToObj(moves::get)
                .findFirst();
    }

    private static void insertIfNew(DSLContext transaction, TopicPartition partition) {
        transaction
                .insertInto(SINK_OFFSETS)
                .set(SINK_OFFSETS.TOPIC, partition.topic())
                .set(SINK_OFFSETS.PARTITION, partition.partition())
                .set(SINK_OFFSETS.NEXT, 0L)
                .onConflictDoNothing()
                .execute();
    }

    private static long nextOf(DSLContext transaction, TopicPartition partition) {
        return transaction
                .fetchSingle(
                        SINK_OFFSETS,
                        SINK_OFFSETS.TOPIC.eq(partition.topic()),
                        SINK_OFFSETS.PARTITION.eq(partition.partition()))
                .getNext();
    }
}

package dev.sluice.spend;

import dev.sluice.schemas.Topics;
import dev.sluice.schemas.config.KafkaSettings;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Collectors;

/** How much of the topic is not yet in the books. */
final class Backlog implements AutoCloseable {

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);

    private final Admin admin;
    private final SinkOffsets offsets;
    private volatile @Nullable Map<Integer, Long> lastKnown;

    Backlog(KafkaSettings kafka, SinkOffsets offsets) {
        admin = Admin.create(kafka.client("spend-backlog"));
        this.offsets = offsets;
    }

    /** The end of each partition now; empty if the topic does not exist. */
    Map<Integer, Long> ends() throws ExecutionException, InterruptedException {
        String topic = Topics.SPEND.name();
        try {
            TopicDescription description =
                    admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
            if (description == null) {
                return Map.of();
            }
            Map<TopicPartition, OffsetSpec> latest =
                    description.partitions().stream()
                            .map(info -> new TopicPartition(topic, info.partition()))
                            .collect(
                                    Collectors.toMap(
                                            Function.identity(), _ -> OffsetSpec.latest()));
            // Where a reader of committed records can get to.
            var committed = new ListOffsetsOptions(IsolationLevel.READ_COMMITTED);
            Map<Integer, Long> ends = new HashMap<>();
            admin.listOffsets(latest, committed)
                    .all()
                    .get()
                    .forEach((partition, end) -> ends.put(partition.partition(), end.offset()));
            return ends;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                return Map.of();
            }
            throw e;
        }
    }

    /** The next offset to book of each partition, as the table has it now. */
    Map<Integer, Long> booked() {
        Map<Integer, Long> booked = offsets.of(Topics.SPEND.name());
        lastKnown = booked;
        return booked;
    }

    /** Remembers what a sink here has just committed, in case PostgreSQL goes away. */
    void moved(List<OffsetMove> moves) {
        Map<Integer, Long> known = new HashMap<>(lastKnown == null ? Map.of() : lastKnown);
        moves.forEach(move -> known.put(move.partition().partition(), move.to()));
        lastKnown = known;
    }

    /**
     * Records up to these ends that are not in the books as far as is known; empty if nothing is.
     */
    OptionalLong lag(Map<Integer, Long> ends) {
        Map<Integer, Long> known = lastKnown;
        return known == null ? OptionalLong.empty() : OptionalLong.of(between(known, ends));
    }

    /** Records between what is booked and these ends. */
    static long between(Map<Integer, Long> booked, Map<Integer, Long> ends) {
        return ends.entrySet().stream()
                .mapToLong(
                        end -> Math.max(0, end.getValue() - booked.getOrDefault(end.getKey(), 0L)))
                .sum();
    }

    @Override
    public void close() {
        admin.close(CLOSE_TIMEOUT);
    }
}

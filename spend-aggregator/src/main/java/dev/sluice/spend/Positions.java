package dev.sluice.spend;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * The next offsets to book of the partitions that a consumer has been given. A partition that comes
 * is read from where the table says, whatever Kafka remembers.
 */
final class Positions implements ConsumerRebalanceListener {

    private static final Logger LOGGER = LoggerFactory.getLogger(Positions.class);

    private final Consumer<?, ?> consumer;
    private final SinkOffsets offsets;
    private final Runnable beforePartitionsGo;
    private final Map<TopicPartition, Long> next = new HashMap<>();

    /**
     * @param beforePartitionsGo what is to be done while they are still ours
     */
    Positions(Consumer<?, ?> consumer, SinkOffsets offsets, Runnable beforePartitionsGo) {
        this.consumer = consumer;
        this.offsets = offsets;
        this.beforePartitionsGo = beforePartitionsGo;
    }

    /** The next offsets to read; the reader moves them. */
    Map<TopicPartition, Long> next() {
        return next;
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        Map<TopicPartition, Long> opened = new HashMap<>(offsets.open(partitions));
        consumer.endOffsets(partitions)
                .forEach((partition, end) ->
                        opened.computeIfPresent(
                                partition, (_, from) -> start(partition, from, end)));
        opened.forEach(consumer::seek);
        next.putAll(opened);
    }

    /** What lies behind the end of a topic was booked from another one that had its name. */
    private long start(TopicPartition partition, long from, long end) {
        if (from <= end) {
            return from;
        }
        LOGGER.atWarn()
                .addKeyValue("partition", partition)
                .addKeyValue("booked", from)
                .addKeyValue("end", end)
                .log("the topic is shorter than the books: reading it from its beginning");
        offsets.restart(new OffsetMove(partition, from, 0));
        return 0;
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        beforePartitionsGo.run();
        partitions.forEach(next::remove);
    }
}

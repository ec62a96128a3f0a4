package dev.sluice.ingress.fleet;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.Topic;
import dev.sluice.schemas.config.KafkaSettings;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/**
 * Reads a topic and then follows it, on a thread of its own. With Kafka away it tries again every
 * second, and reads from the start again.
 */
public final class TopicTail implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(TopicTail.class);
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration RECONNECT_PAUSE = Duration.ofSeconds(1);
    private static final Duration CLOSE = Duration.ofMillis(900);

    private final FleetKafka kafka;
    private final Topic<?> topic;
    private final Start start;
    private final Reader reader;
    private final Background background;

    private volatile @Nullable Consumer<String, byte[]> consumer;
    private volatile boolean caughtUp;
    private boolean warned;

    /** What becomes of what is read, in the tail's one thread. */
    @FunctionalInterface
    public interface Reader {

        /** Takes in one record. */
        void take(ConsumerRecord<String, byte[]> record);

        /** Kafka is there, and reading begins. */
        default void opened() {}

        /** Everything that was there when reading began has been taken in; once and for all. */
        default void caughtUp() {}

        /** A poll is over, with records or without. */
        default void polled(Consumer<String, byte[]> open, List<TopicPartition> partitions) {}

        /** Reading has ended, and begins anew unless the tail was closed. */
        default void lost() {}
    }

    /**
     * What is read.
     *
     * @param since asks for the time from which on, each time that reading begins; null for all
     * @param isCommitted whether only what its writer has committed
     */
    public record Start(@Nullable Supplier<Instant> since, boolean isCommitted) {

        /** All there is. */
        public static final Start BEGINNING = new Start(null, false);

        /** All that was committed. */
        public static final Start COMMITTED = new Start(null, true);

        /** What is newer than that. */
        public static Start since(Supplier<Instant> time) {
            return new Start(time, false);
        }
    }

    /**
     * Follows the topic once started.
     *
     * @param role the consumer's name in the broker's logs, and part of the thread's
     */
    public TopicTail(KafkaSettings kafka, Topic<?> topic, String role, Start start, Reader reader) {
        this.kafka = new FleetKafka(kafka);
        this.topic = topic;
        this.start = start;
        this.reader = reader;
        this.background = new Background("sluice-" + role, RECONNECT_PAUSE, () -> followOnce(role));
    }

    /** Begins, with or without Kafka. Returns at once. */
    public void start() {
        background.start();
    }

    /** Whether everything that was there at the start has been read, once and for all. */
    public boolean caughtUp() {
        return caughtUp;
    }

    /** Stops within a second. */
    @Override
    public void close() {
        background.beginClose();
        Consumer<String, byte[]> open = consumer;
        if (open != null) {
            open.wakeup();
        }
        background.close(open == null ? Duration.ZERO : CLOSE);
    }

    private void followOnce(String role) throws InterruptedException {
        if (background.isClosing()) {
            return;
        }
        try {
            kafka.ensure(topic);
            try (Consumer<String, byte[]> open = kafka.consumer(role, start.isCommitted)) {
                consumer = open;
                follow(open);
            } finally {
                consumer = null;
                reader.lost();
            }
        } catch (ExecutionException | KafkaException e) {
            warn(e);
        }
    }

    private void follow(Consumer<String, byte[]> open) {
        List<TopicPartition> partitions =
                open.partitionsFor(topic.name()).stream()
                        .map(partition -> new TopicPartition(topic.name(), partition.partition()))
                        .toList();
        if (partitions.isEmpty()) {
            // Just created, and not everywhere known yet: the next round finds it.
            throw new UnknownTopicOrPartitionException(topic.name() + " has no partitions yet");
        }
        open.assign(partitions);
        Map<TopicPartition, Long> ends = open.endOffsets(partitions);
        seek(open, partitions, ends);
        reader.opened();
        while (!background.isClosing()) {
            if (!caughtUp && isAt(open, ends)) {
                caughtUp = true;
                reader.caughtUp();
            }
            open.poll(POLL).forEach(reader::take);
            reader.polled(open, partitions);
        }
    }

    private static boolean isAt(
            Consumer<String, byte[]> open, Map<TopicPartition, Long> positions) {
        return positions.entrySet().stream()
                .allMatch(end -> open.position(end.getKey()) >= end.getValue());
    }

    private void seek(
            Consumer<String, byte[]> open,
            List<TopicPartition> partitions,
            Map<TopicPartition, Long> ends) {
        if (start.since == null) {
            open.seekToBeginning(partitions);
            return;
        }
        long since = start.since.get().toEpochMilli();
        Map<TopicPartition, Long> asked = new HashMap<>();
        partitions.forEach(partition -> asked.put(partition, since));
        Map<TopicPartition, OffsetAndTimestamp> fresh = open.offsetsForTimes(asked);
        for (TopicPartition partition : partitions) {
            OffsetAndTimestamp first = fresh.get(partition);
            open.seek(
                    partition,
                    first == null ? requireNonNull(ends.get(partition)) : first.offset());
        }
    }

    /** Once: what goes on is told by {@link #caughtUp} and the metrics. */
    private void warn(Exception failure) {
        LOGGER.atLevel(warned || background.isClosing() ? Level.DEBUG : Level.WARN)
                .addKeyValue("topic", topic.name())
                .addKeyValue("error", failure.toString())
                .log("a topic cannot be read");
        warned = true;
    }
}

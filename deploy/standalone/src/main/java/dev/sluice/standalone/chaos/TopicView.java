package dev.sluice.standalone.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.sluice.schemas.Topics;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The topics as any consumer sees them. */
final class TopicView implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration POLL = Duration.ofMillis(200);

    private final Consumer<String, byte[]> consumer;

    TopicView(String bootstrapServers) {
        consumer =
                new KafkaConsumer<>(
                        Map.of(
                                "bootstrap.servers",
                                bootstrapServers,
                                "isolation.level",
                                "read_committed",
                                "enable.metrics.push",
                                false),
                        new StringDeserializer(),
                        new ByteArrayDeserializer());
    }

    /** Records of the spend topic, all that were ever written. */
    long spendEvents() {
        return end(Topics.SPEND.name());
    }

    /** Records that a reader refused. */
    long deadLetters() {
        return end(Topics.DEAD_LETTERS.name());
    }

    private long end(String topic) {
        List<TopicPartition> partitions = partitions(topic);
        return consumer.endOffsets(partitions).values().stream().mapToLong(end -> end).sum();
    }

    private List<TopicPartition> partitions(String topic) {
        return consumer.partitionsFor(topic).stream()
                .map(partition -> new TopicPartition(topic, partition.partition()))
                .toList();
    }

    /** The newest {@code total_pico} of each account. */
    Map<String, Long> budgets() throws IOException {
        List<TopicPartition> partitions = partitions(Topics.BUDGETS.name());
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        Map<String, Long> totals = new HashMap<>();
        while (partitions.stream()
                .anyMatch(each -> consumer.position(each) < ends.getOrDefault(each, 0L))) {
            for (var found : consumer.poll(POLL)) {
                byte @Nullable [] value = found.value();
                if (value == null) {
                    totals.remove(found.key());
                } else {
                    JsonNode state = JSON.readTree(value);
                    totals.put(found.key(), state.path("total_pico").asLong());
                }
            }
        }
        return totals;
    }

    @Override
    public void close() {
        consumer.close();
    }
}

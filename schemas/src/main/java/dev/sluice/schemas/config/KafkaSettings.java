package dev.sluice.schemas.config;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.Topic;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;

/**
 * How to reach Kafka.
 *
 * @param bootstrapServers host:port, several with commas
 * @param properties any other client property in Kafka's names (security, timeouts)
 * @param partitions partitions of every topic that is not compacted, null for each topic's own
 */
public record KafkaSettings(
        @Key(is = TextRule.BOOTSTRAP) String bootstrapServers,
        Map<String, String> properties,
        @Key(min = "1", max = "10000") @Nullable Integer partitions) {

    public KafkaSettings {
        requireNonNull(bootstrapServers, "bootstrapServers is null");
        properties = Map.copyOf(properties);
    }

    /** Just the brokers. */
    public static KafkaSettings of(String bootstrapServers) {
        return new KafkaSettings(bootstrapServers, Map.of(), null);
    }

    /** Client properties to start from, named so that the broker's logs say who called. */
    public Map<String, Object> client(String role) {
        Map<String, Object> client = new HashMap<>(properties);
        client.put("bootstrap.servers", bootstrapServers);
        client.put("client.id", "sluice-" + role);
        return client;
    }

    /** How many partitions a topic gets. */
    public int partitionsOf(Topic<?> topic) {
        boolean single = topic.partitions() == 1;
        return single || partitions == null ? topic.partitions() : partitions;
    }
}

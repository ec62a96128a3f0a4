package dev.sluice.schemas;

import java.util.Map;

/**
 * A topic together with the only way to read and write it.
 *
 * @param partitions how many, unless the settings say otherwise
 * @param config the topic's own settings in Kafka's names (cleanup policy, retention)
 */
public record Topic<T>(String name, int partitions, Map<String, String> config, Codec<T> codec) {

    public Topic {
        config = Map.copyOf(config);
    }
}

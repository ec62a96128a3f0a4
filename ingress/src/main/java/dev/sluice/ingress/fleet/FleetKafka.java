package dev.sluice.ingress.fleet;

import dev.sluice.schemas.KafkaTopics;
import dev.sluice.schemas.Topic;
import dev.sluice.schemas.config.KafkaSettings;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/** Kafka clients for what is worth something only while it is fresh: they give up early. */
final class FleetKafka {

    private final KafkaSettings kafka;

    /** Clients of these brokers. */
    FleetKafka(KafkaSettings kafka) {
        Map<String, String> properties = new HashMap<>(kafka.properties());
        properties.put("request.timeout.ms", "3000");
        properties.put("default.api.timeout.ms", "5000");
        this.kafka = new KafkaSettings(kafka.bootstrapServers(), properties, kafka.partitions());
    }

    /** Creates a topic where it is missing; fails within 5 s where Kafka is away. */
    void ensure(Topic<?> topic) throws ExecutionException, InterruptedException {
        KafkaTopics.ensure(kafka, topic);
    }

    /** Does not retry out of order, waits 50 ms for room, keeps at most 4 MiB, for at most 4 s. */
    Producer<String, byte[]> producer(String role) {
        Map<String, Object> properties = kafka.client(role);
        properties.put("acks", "1");
        properties.put("enable.idempotence", "false");
        properties.put("max.in.flight.requests.per.connection", "1");
        properties.put("max.block.ms", "50");
        properties.put("delivery.timeout.ms", "4000");
        properties.put("linger.ms", "5");
        properties.put("buffer.memory", Integer.toString(4 << 20));
        properties.put("compression.type", "zstd");
        return new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
    }

    /** Belongs to no group and commits nothing; {@code role} is its name in the broker's logs. */
    Consumer<String, byte[]> consumer(String role, boolean isCommitted) {
        Map<String, Object> properties = kafka.client(role);
        properties.put("enable.auto.commit", "false");
        properties.put("auto.offset.reset", "earliest");
        properties.put("allow.auto.create.topics", "false");
        properties.put("isolation.level", isCommitted ? "read_committed" : "read_uncommitted");
        // A record may just miss a fetch that waits; then it comes with the next.
        properties.put("fetch.max.wait.ms", "100");
        return new KafkaConsumer<>(
                properties, new StringDeserializer(), new ByteArrayDeserializer());
    }
}

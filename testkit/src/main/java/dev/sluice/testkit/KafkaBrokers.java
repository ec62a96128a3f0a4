package dev.sluice.testkit;

import dev.sluice.embedded.EmbeddedKafka;
import dev.sluice.testkit.KafkaBroker.Kind;

import org.apache.kafka.common.utils.AppInfoParser;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.testcontainers.kafka.KafkaContainer;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The two forms of a broker for tests: a container where Docker can, in this process otherwise. */
final class KafkaBrokers {

    private static final Logger LOGGER = LoggerFactory.getLogger(KafkaBrokers.class);

    /** A pull of 130 MB and a start; after it the tests go on without a container. */
    private static final Duration CONTAINER_TIMEOUT = Duration.ofMinutes(2);

    private KafkaBrokers() {}

    /** A broker in a container if the engine answers and gets it up in time, else in process. */
    static KafkaBroker start(DockerEngine engine) {
        Optional<KafkaBroker> contained =
                engine.answers() ? container(CONTAINER_TIMEOUT) : Optional.empty();
        KafkaBroker broker = contained.orElseGet(KafkaBrokers::inProcess);
        LOGGER.atInfo()
                .addKeyValue("kind", broker.kind())
                .addKeyValue("bootstrap_servers", broker.bootstrapServers())
                .log("kafka for tests started");
        return broker;
    }

    /** The broker that production embeds too. */
    static KafkaBroker inProcess() {
        Path directory = SharedServers.freshDirectory("kafka");
        EmbeddedKafka kafka = EmbeddedKafka.start(directory, 0);
        return new KafkaBroker(
                kafka.bootstrapServers(),
                Kind.IN_PROCESS,
                () -> {
                    kafka.close();
                    SharedServers.delete(directory);
                });
    }

    /** Apache's own image at the version of our client; empty if it does not come up in time. */
    static Optional<KafkaBroker> container(Duration timeout) {
        // Closed by its broker, and by Testcontainers' reaper if it comes up too late.
        KafkaContainer container =
                new KafkaContainer("apache/kafka-native:" + AppInfoParser.getVersion())
                        .withEnv(CONTAINER_SETTINGS);
        CompletableFuture<Void> started = new CompletableFuture<>();
        Thread.ofPlatform()
                .daemon()
                .name("kafka-container")
                .start(() -> complete(started, container));
        try {
            started.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return Optional.of(
                    new KafkaBroker(
                            container.getBootstrapServers(), Kind.CONTAINER, container::stop));
        } catch (ExecutionException | TimeoutException e) {
            LOGGER.atWarn().addKeyValue("reason", e.toString()).log("no kafka container");
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        return Optional.empty();
    }

    private static void complete(CompletableFuture<Void> started, KafkaContainer container) {
        try {
            container.start();
            if (!started.complete(null)) {
                container.stop();
            }
        } catch (RuntimeException e) {
            started.completeExceptionally(e);
        }
    }

    private static final Map<String, String> CONTAINER_SETTINGS =
            Map.of(
                    "KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false",
                    "KAFKA_NUM_PARTITIONS", "3",
                    "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0",
                    "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR", "1",
                    "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR", "1",
                    "KAFKA_GROUP_STREAMS_INITIAL_REBALANCE_DELAY_MS", "0",
                    "KAFKA_GROUP_STREAMS_HEARTBEAT_INTERVAL_MS", "1000",
                    "KAFKA_GROUP_STREAMS_MIN_HEARTBEAT_INTERVAL_MS", "1000");
}

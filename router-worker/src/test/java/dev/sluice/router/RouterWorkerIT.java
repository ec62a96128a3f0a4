package dev.sluice.router;

import static dev.sluice.router.DeltaBuilder.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.schemas.Topics;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.events.AttemptDelta;
import dev.sluice.schemas.events.DeploymentState;
import dev.sluice.testkit.KafkaBroker;
import dev.sluice.testkit.KafkaExtension;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

@ExtendWith(KafkaExtension.class)
class RouterWorkerIT {

    private static final Logger LOGGER = LoggerFactory.getLogger(RouterWorkerIT.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir private Path directory;

    @Test
    void answersDeltasWithStatesWithinASecondAndGoesOnAfterARestart(KafkaBroker broker)
            throws Exception {
        KafkaSettings kafka = KafkaSettings.of(broker.bootstrapServers());
        String deployment = UUID.randomUUID().toString();
        try (var producer =
                        new KafkaProducer<>(
                                kafka.client("test"),
                                new StringSerializer(),
                                new ByteArraySerializer());
                var consumer =
                        new KafkaConsumer<>(
                                kafka.client("test"),
                                new StringDeserializer(),
                                new ByteArrayDeserializer())) {
            try (var worker = started(kafka)) {
                await().atMost(PATIENCE).until(worker::ready);
                follow(consumer);
                long[] millis = new long[9];
                for (int i = 0; i < millis.length; i++) {
                    millis[i] = millisToState(producer, consumer, deployment, i + 1);
                }
                Arrays.sort(millis);
                LOGGER.atInfo()
                        .addKeyValue("median_ms", millis[4])
                        .addKeyValue("slowest_ms", millis[8])
                        .log("delta to state");
                assertThat(millis[4]).isLessThan(1_000);
            }
            try (var worker = started(kafka)) {
                await().atMost(PATIENCE).until(worker::ready);
                millisToState(producer, consumer, deployment, 10);
            }
        }
    }

    @Test
    void startsAndStopsPromptlyWithoutKafka() {
        KafkaSettings nowhere = KafkaSettings.of("localhost:1");
        var worker = started(nowhere);
        await().pollDelay(Duration.ofMillis(300)).until(() -> !worker.ready());

        long begin = System.nanoTime();
        worker.close();

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(3));
    }

    private RouterWorker started(KafkaSettings kafka) {
        var worker =
                new RouterWorker(
                        new RouterWorkerSettings(kafka, directory), new SimpleMeterRegistry());
        worker.start();
        return worker;
    }

    private static void follow(KafkaConsumer<String, byte[]> consumer) {
        var partition = new TopicPartition(Topics.DEPLOYMENTS.name(), 0);
        consumer.assign(List.of(partition));
        consumer.seek(
                partition, consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L));
    }

    /** Publishes a delta with {@code seq} open calls and waits for the state that knows it. */
    private static long millisToState(
            KafkaProducer<String, byte[]> producer,
            KafkaConsumer<String, byte[]> consumer,
            String deployment,
            int seq)
            throws Exception {
        long begin = System.nanoTime();
        AttemptDelta delta =
                delta(Instant.now()).of(deployment).from("i1", seq).took(1_000).open(seq).build();
        producer.send(
                        new ProducerRecord<>(
                                Topics.ATTEMPTS.name(),
                                deployment,
                                Topics.ATTEMPTS.codec().encode(delta)))
                .get();
        await().pollInterval(Duration.ofMillis(1))
                .atMost(PATIENCE)
                .until(() ->
                        states(consumer, deployment).stream()
                                .anyMatch(state -> state.inFlight() == seq));
        return Duration.ofNanos(System.nanoTime() - begin).toMillis();
    }

    private static List<DeploymentState> states(
            KafkaConsumer<String, byte[]> consumer, String deployment) throws Exception {
        var states = new ArrayList<DeploymentState>();
        for (var record : consumer.poll(Duration.ofMillis(50))) {
            if (record.key().equals(deployment)) {
                states.add(Topics.DEPLOYMENTS.codec().decode(record.value()));
            }
        }
        return states;
    }
}

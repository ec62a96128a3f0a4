package dev.sluice.ingress.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.ingress.routing.RequestTraits;
import dev.sluice.schemas.KafkaTopics;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.events.AttemptDelta;
import dev.sluice.schemas.events.DeploymentState;
import dev.sluice.schemas.events.DeploymentState.Latency;
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

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

@ExtendWith(KafkaExtension.class)
class FleetIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final RequestTraits PLAIN = new RequestTraits(false, 100);

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final String deployment = UUID.randomUUID().toString();
    private final AttemptRecorder recorder = new AttemptRecorder(List.of(deployment));

    @Test
    void tellsTheFleetWhatItSawAndNothingWhereNothingHappened(KafkaBroker broker) throws Exception {
        KafkaSettings kafka = KafkaSettings.of(broker.bootstrapServers());
        KafkaTopics.ensure(kafka, Topics.ATTEMPTS);
        var deltas = new CopyOnWriteArrayList<AttemptDelta>();
        try (var consumer = attemptsConsumer(kafka)) {
            try (var publisher = new DeltaPublisher(kafka, recorder, "i1", metrics)) {
                publisher.start();
                for (int i = 0; i < 10; i++) {
                    recorder.started(deployment, PLAIN).succeeded(5, 7);
                }

                await().atMost(PATIENCE).until(() -> succeeded(read(consumer, deltas)) == 10);
                int told = deltas.size();
                await().during(Duration.ofMillis(700))
                        .until(() -> read(consumer, deltas).size() == told);

                recorder.started(deployment, PLAIN);
            }
            await().atMost(PATIENCE).until(() -> read(consumer, deltas).getLast().inFlight() == 1);
        }
        assertThat(deltas).extracting(AttemptDelta::seq).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void readsFreshStatesAndThenFollowsThem(KafkaBroker broker) throws Exception {
        KafkaSettings kafka = KafkaSettings.of(broker.bootstrapServers());
        KafkaTopics.ensure(kafka, Topics.DEPLOYMENTS);
        try (var producer =
                        new KafkaProducer<>(
                                kafka.client("test"),
                                new StringSerializer(),
                                new ByteArraySerializer());
                var states = new DeploymentStates(kafka, recorder, metrics)) {
            publish(producer, 1);
            states.start();

            await().atMost(PATIENCE).until(states::caughtUp);
            assertThat(inFlight(states)).isEqualTo(1);

            publish(producer, 2);
            await().atMost(PATIENCE).until(() -> inFlight(states) == 2);
        }
    }

    @Test
    void servesWithoutKafkaAndClosesWithinASecond() {
        KafkaSettings nowhere = KafkaSettings.of("localhost:1");
        var publisher = new DeltaPublisher(nowhere, recorder, "i1", metrics);
        var states = new DeploymentStates(nowhere, recorder, metrics);
        publisher.start();
        states.start();
        recorder.started(deployment, PLAIN);

        assertThat(states.caughtUp()).isFalse();
        assertThat(states.view().state(deployment)).isNull();
        assertThat(states.view().inFlightHere(deployment)).isEqualTo(1);
        await().atMost(PATIENCE).until(() -> dropped() > 0);

        long begin = System.nanoTime();
        states.close();
        publisher.close();
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(2));
    }

    private double dropped() {
        return metrics.get("sluice_attempt_deltas").tag("outcome", "dropped").counter().count();
    }

    private long inFlight(DeploymentStates states) {
        DeploymentState state = states.view().state(deployment);
        return state == null ? -1 : state.inFlight();
    }

    private void publish(KafkaProducer<String, byte[]> producer, long inFlight) throws Exception {
        var state =
                new DeploymentState(
                        deployment,
                        Instant.now(),
                        Map.of(),
                        Latency.UNKNOWN,
                        Latency.UNKNOWN,
                        Latency.UNKNOWN,
                        0,
                        inFlight,
                        null,
                        null,
                        null,
                        null,
                        null);
        producer.send(
                        new ProducerRecord<>(
                                Topics.DEPLOYMENTS.name(),
                                deployment,
                                Topics.DEPLOYMENTS.codec().encode(state)))
                .get();
    }

    private static KafkaConsumer<String, byte[]> attemptsConsumer(KafkaSettings kafka) {
        var consumer =
                new KafkaConsumer<>(
                        kafka.client("test"),
                        new StringDeserializer(),
                        new ByteArrayDeserializer());
        List<TopicPartition> partitions =
                consumer.partitionsFor(Topics.ATTEMPTS.name()).stream()
                        .map(info -> new TopicPartition(info.topic(), info.partition()))
                        .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        return consumer;
    }

    private List<AttemptDelta> read(
            KafkaConsumer<String, byte[]> consumer, List<AttemptDelta> deltas) throws Exception {
        for (var record : consumer.poll(Duration.ofMillis(100))) {
            if (record.key().equals(deployment)) {
                deltas.add(Topics.ATTEMPTS.codec().decode(record.value()));
            }
        }
        return deltas;
    }

    private static long succeeded(List<AttemptDelta> deltas) {
        return deltas.stream().mapToLong(AttemptDelta::succeeded).sum();
    }
}

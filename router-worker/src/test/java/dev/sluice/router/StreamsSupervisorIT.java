package dev.sluice.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.router.StreamsSupervisor.Application;
import dev.sluice.router.budgets.NewerRecordException;
import dev.sluice.schemas.KafkaTopics;
import dev.sluice.schemas.RawCodec;
import dev.sluice.schemas.Topic;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.testkit.KafkaBroker;
import dev.sluice.testkit.KafkaExtension;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;

@ExtendWith(KafkaExtension.class)
final class StreamsSupervisorIT {

    private static final Topic<byte[]> TOPIC =
            new Topic<>("supervised", 1, Map.of(), new RawCodec());

    @TempDir private Path directory;

    @Test
    void standsStillBeforeANewerRecordAndSaysSo(KafkaBroker broker) throws Exception {
        KafkaSettings kafka = KafkaSettings.of(broker.bootstrapServers());
        KafkaTopics.ensure(kafka, TOPIC);
        var met = new AtomicInteger();
        var application =
                new Application(
                        "supervised", () -> halting(met), properties(kafka), List.of(TOPIC));
        try (var producer =
                        new KafkaProducer<>(
                                kafka.client("test"),
                                new StringSerializer(),
                                new ByteArraySerializer());
                var supervisor =
                        new StreamsSupervisor(
                                application, kafka, new RouterMetrics(new SimpleMeterRegistry()))) {
            producer.send(new ProducerRecord<>(TOPIC.name(), "k", new byte[0])).get();
            assertThat(supervisor.halted()).isFalse();

            supervisor.start();

            await().atMost(Duration.ofSeconds(30)).until(supervisor::halted);
            await().atMost(Duration.ofSeconds(10)).until(() -> !supervisor.ready());
            assertThat(met).hasValue(1);
        }
    }

    private Properties properties(KafkaSettings kafka) {
        Properties properties =
                RouterWorker.budgetProperties(new RouterWorkerSettings(kafka, directory));
        properties.put("application.id", "supervised");
        return properties;
    }

    private static Topology halting(AtomicInteger met) {
        var builder = new StreamsBuilder();
        builder.stream(TOPIC.name(), Consumed.with(Serdes.String(), Serdes.ByteArray()))
                .foreach((_, _) -> {
                    met.incrementAndGet();
                    throw new NewerRecordException("newer", null);
                });
        return builder.build();
    }
}

package dev.sluice.metering;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.KafkaTopics;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.config.GatewayConfig.JournalSettings;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.testkit.KafkaBroker;
import dev.sluice.testkit.KafkaExtension;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

@ExtendWith(KafkaExtension.class)
class ShipperIT {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final JournalSettings SETTINGS =
            new JournalSettings(
                    64L << 20, 4 << 20, Duration.ofMillis(10), JournalSettings.WhenFull.SERVE);

    @TempDir private Path directory;

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();

    @Test
    void bringsEveryEventToTheTopicUnderItsRequestId(KafkaBroker broker) throws Exception {
        KafkaSettings kafka = KafkaSettings.of(broker.bootstrapServers());
        KafkaTopics.ensure(kafka, Topics.SPEND);
        List<SpendEvent> sent = new ArrayList<>();
        try (Journal journal = Journal.open(directory, SETTINGS, metrics);
                var shipper = new Shipper(journal, () -> KafkaEventSender.open(kafka), metrics)) {
            shipper.start();
            for (int i = 0; i < 5_000; i++) {
                UUID request = Events.newRequest();
                assertThat(journal.started(Events.presumed(journal, request, 1))).isTrue();
                sent.add(Events.settled(journal, request, 1));
                assertThat(journal.ended(sent.getLast())).isTrue();
            }

            assertThat(shipper.drain(SOON)).isTrue();
        }

        List<SpendEvent> received = receive(kafka, sent);
        assertThat(received).containsExactlyInAnyOrderElementsOf(sent);
    }

    @Test
    void endsAtOnceThoughThereIsNoBroker() throws IOException {
        KafkaSettings nowhere = KafkaSettings.of("127.0.0.1:9");
        try (Journal journal = Journal.open(directory, SETTINGS, metrics)) {
            var shipper = new Shipper(journal, () -> KafkaEventSender.open(nowhere), metrics);
            shipper.start();
            assertThat(journal.ended(Events.settled(journal, Events.newRequest(), 1))).isTrue();
            assertThat(shipper.drain(Duration.ofMillis(300))).isFalse();

            long begin = System.nanoTime();
            shipper.close();

            assertThat(Duration.ofNanos(System.nanoTime() - begin))
                    .isLessThan(Duration.ofSeconds(4));
            assertThat(shipper.pending()).isEqualTo(1);
        }
    }

    private static List<SpendEvent> receive(KafkaSettings kafka, List<SpendEvent> sent)
            throws Exception {
        Map<String, Object> config = kafka.client("test");
        config.put("group.id", "shipper-it");
        config.put("auto.offset.reset", "earliest");
        // Other tests use the same broker.
        Set<UUID> ours = sent.stream().map(SpendEvent::requestId).collect(Collectors.toSet());
        List<SpendEvent> received = new ArrayList<>();
        var bytes = new ByteArrayDeserializer();
        try (var consumer = new KafkaConsumer<>(config, bytes, bytes)) {
            consumer.subscribe(List.of(Topics.SPEND.name()));
            long begin = System.nanoTime();
            while (received.size() < sent.size() && System.nanoTime() - begin < SOON.toNanos()) {
                for (ConsumerRecord<byte[], byte[]> record :
                        consumer.poll(Duration.ofMillis(200))) {
                    SpendEvent event = Topics.SPEND.codec().decode(record.value());
                    assertThat(new String(record.key(), UTF_8))
                            .isEqualTo(event.requestId().toString());
                    if (ours.contains(event.requestId())) {
                        received.add(event);
                    }
                }
            }
        }
        return received;
    }
}

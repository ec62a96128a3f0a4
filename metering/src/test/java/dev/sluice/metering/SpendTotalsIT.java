package dev.sluice.metering;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.SpendEventCodec;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.config.GatewayConfig.JournalSettings;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.testkit.KafkaBroker;
import dev.sluice.testkit.KafkaExtension;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.math.BigDecimal;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;

import javax.tools.ToolProvider;

/** The reader of docs/examples, as it stands there, against a broker. */
@ExtendWith(KafkaExtension.class)
class SpendTotalsIT {

    private static final int REQUESTS = 500;

    @TempDir private Path directory;

    @Test
    void countsEachEventOnceThoughEachComesTwice(KafkaBroker broker) throws Exception {
        KafkaSettings kafka = KafkaSettings.of(broker.bootstrapServers());
        createTopic(kafka);
        long picodollars = sendEachTwice(kafka);

        Object totals =
                example().getMethod("read", String.class).invoke(null, broker.bootstrapServers());

        assertThat(totals.getClass().getMethod("usd").invoke(totals))
                .isEqualTo(Map.of("gpt-4o", BigDecimal.valueOf(picodollars, 12)));
        assertThat(totals.getClass().getMethod("unpriced").invoke(totals)).isEqualTo(0);
    }

    private long sendEachTwice(KafkaSettings kafka) throws Exception {
        var settings =
                new JournalSettings(
                        64L << 20, 4 << 20, Duration.ofMillis(10), JournalSettings.WhenFull.SERVE);
        var codec = new SpendEventCodec();
        var bytes = new ByteArraySerializer();
        List<Future<RecordMetadata>> acknowledged = new ArrayList<>();
        long picodollars = 0;
        try (Journal journal = Journal.open(directory, settings, new SimpleMeterRegistry());
                var producer = new KafkaProducer<>(kafka.client("test"), bytes, bytes)) {
            for (int i = 0; i < REQUESTS; i++) {
                SpendEvent event = Events.settled(journal, Events.newRequest(), 1);
                picodollars += event.costPico();
                byte[] key = event.requestId().toString().getBytes(UTF_8);
                for (int copy = 0; copy < 2; copy++) {
                    var sent =
                            producer.send(
                                    new ProducerRecord<>(
                                            Topics.SPEND.name(), key, codec.encode(event)));
                    acknowledged.add(sent);
                }
            }
            for (Future<RecordMetadata> sent : acknowledged) {
                sent.get();
            }
        }
        return picodollars;
    }

    private Class<?> example() throws Exception {
        Path source =
                Path.of(requireNonNull(System.getProperty("sluice.root")))
                        .resolve("docs/examples/SpendTotals.java");
        int result =
                ToolProvider.getSystemJavaCompiler()
                        .run(
                                null,
                                null,
                                null,
                                "-proc:none",
                                "-d",
                                directory.toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                source.toString());
        assertThat(result).isZero();
        var loader =
                new URLClassLoader(
                        new URL[] {directory.toUri().toURL()}, getClass().getClassLoader());
        return loader.loadClass("SpendTotals");
    }

    private static void createTopic(KafkaSettings kafka) throws Exception {
        try (Admin admin = Admin.create(kafka.client("test"))) {
            var topic = new NewTopic(Topics.SPEND.name(), 3, (short) 1);
            admin.createTopics(List.of(topic)).all().get();
        }
    }
}

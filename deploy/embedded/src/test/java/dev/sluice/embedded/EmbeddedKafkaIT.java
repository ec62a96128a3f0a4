package dev.sluice.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Exit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;

class EmbeddedKafkaIT {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir Path directory;

    @Test
    void keepsTopicsRecordsAndOffsetsOverARestartOnAnotherPort() throws Exception {
        String first;
        try (EmbeddedKafka kafka = EmbeddedKafka.start(directory, 0)) {
            first = kafka.bootstrapServers();
            create(kafka, new NewTopic("kept", 1, (short) 1));
            produce(kafka, "kept", "one", "two");
            assertThat(consume(kafka, "kept", 2)).containsExactly("one", "two");
        }

        try (EmbeddedKafka kafka = EmbeddedKafka.start(directory, 0)) {
            assertThat(kafka.bootstrapServers()).isNotEqualTo(first);
            produce(kafka, "kept", "three");

            assertThat(consume(kafka, "kept", 1)).containsExactly("three");
        }
    }

    @Test
    void opensTheFolderOfAKilledBrokerTwiceSoThatGroupsAreReadOnce() throws Exception {
        int firstTerm;
        try (EmbeddedKafka kafka = EmbeddedKafka.start(directory, 0)) {
            create(kafka, new NewTopic("kept", 1, (short) 1));
            produce(kafka, "kept", "one");
            assertThat(consume(kafka, "kept", 1)).containsExactly("one");
            firstTerm = term(kafka);
        }
        Files.delete(directory.resolve("data/.kafka_cleanshutdown"));

        try (EmbeddedKafka kafka = EmbeddedKafka.start(directory, 0)) {
            assertThat(term(kafka)).isEqualTo(firstTerm + 2);
            produce(kafka, "kept", "two");
            assertThat(consume(kafka, "kept", 1)).containsExactly("two");
        }
        try (EmbeddedKafka kafka = EmbeddedKafka.start(directory, 0)) {
            assertThat(term(kafka)).isEqualTo(firstTerm + 3);
        }
    }

    @Test
    void listensWhereItWasTold() {
        int port = FreePort.pick();

        try (EmbeddedKafka kafka = EmbeddedKafka.start(directory, port)) {
            assertThat(kafka.bootstrapServers()).isEqualTo("127.0.0.1:" + port);
            assertThat(FreePort.isFree(port)).isFalse();
        }
    }

    @Test
    void refusesASecondBrokerOnTheSameFolderAndLeavesTheFirstAlone() throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.start(directory, 0)) {
            assertThatThrownBy(() -> EmbeddedKafka.start(directory, 0))
                    .isInstanceOf(StartFailedException.class)
                    .hasMessageContaining("in use");

            create(kafka, new NewTopic("still-there", 1, (short) 1));
        }
    }

    @Test
    void doesNotInventTopicsAndGivesNewOnesThreePartitions() throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.start(directory, 0);
                Admin admin = admin(kafka)) {
            assertThatThrownBy(
                            () -> admin.describeTopics(List.of("unheard-of")).allTopicNames().get())
                    .hasCauseInstanceOf(UnknownTopicOrPartitionException.class);

            var topic = new NewTopic("asked-for", Optional.empty(), Optional.empty());
            assertThat(admin.createTopics(List.of(topic)).numPartitions("asked-for").get())
                    .isEqualTo(3);
        }
    }

    @Test
    void saysThatAPortIsTaken() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> EmbeddedKafka.start(directory, taken.getLocalPort()))
                    .isInstanceOf(StartFailedException.class)
                    .hasMessageContaining("port " + taken.getLocalPort() + " is taken");
        }

        EmbeddedKafka.start(directory, 0).close();
    }

    @Test
    void doesNotEndItsJvmWhenItGivesUp() {
        EmbeddedKafka.start(directory, 0).close();

        Exit.halt(1, "the disk is gone");
        Exit.exit(1, "and so is the rest");
    }

    private static void create(EmbeddedKafka kafka, NewTopic topic)
            throws ExecutionException, InterruptedException {
        try (Admin admin = admin(kafka)) {
            admin.createTopics(List.of(topic)).all().get();
        }
    }

    /** Of the controller: one for each time that the folder was opened. */
    private static int term(EmbeddedKafka kafka) throws ExecutionException, InterruptedException {
        try (Admin admin = admin(kafka)) {
            return (int) admin.describeMetadataQuorum().quorumInfo().get().leaderEpoch();
        }
    }

    private static Admin admin(EmbeddedKafka kafka) {
        return Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()));
    }

    private static void produce(EmbeddedKafka kafka, String topic, String... values)
            throws ExecutionException, InterruptedException {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", kafka.bootstrapServers(), "compression.type", "zstd");
        try (var producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            for (String value : values) {
                producer.send(new ProducerRecord<>(topic, value)).get();
            }
        }
    }

    /** Reads as a group that continues where it committed. */
    private static List<String> consume(EmbeddedKafka kafka, String topic, int count) {
        Map<String, Object> settings =
                Map.of(
                        "bootstrap.servers", kafka.bootstrapServers(),
                        "group.id", "readers",
                        "auto.offset.reset", "earliest");
        List<String> values = new ArrayList<>();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try (var consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(topic));
            while (values.size() < count && System.nanoTime() - deadline < 0) {
                for (ConsumerRecord<String, String> found : consumer.poll(Duration.ofMillis(100))) {
                    values.add(found.value());
                }
            }
            consumer.commitSync();
        }
        return values;
    }
}

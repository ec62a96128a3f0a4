package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;

@ExtendWith(KafkaExtension.class)
class KafkaExtensionIT {

    @Test
    void handsOutOneBrokerThatServes(KafkaBroker first, KafkaBroker second) throws Exception {
        assertThat(first).isSameAs(second);
        assertThat(partitionsOfATopicOn(first)).isEqualTo(3);
    }

    @Test
    void fallsBackToABrokerInThisProcessWithoutDocker() throws Exception {
        try (KafkaBroker broker = KafkaBrokers.start(new DockerEngine(null))) {
            assertThat(broker.kind()).isEqualTo("in-process");
            assertThat(partitionsOfATopicOn(broker)).isEqualTo(3);
        }
    }

    @Test
    void runsInAContainerWhereDockerAnswers() throws Exception {
        assumeTrue(DockerEngine.ofThisMachine().answers(), "no Docker engine answers");

        try (KafkaBroker broker = KafkaBrokers.container(Duration.ofMinutes(2)).orElseThrow()) {
            assertThat(broker.kind()).isEqualTo("container");
            assertThat(partitionsOfATopicOn(broker)).isEqualTo(3);
        }
    }

    @Test
    void saysWhichFormItTook(KafkaBroker broker) {
        assertThat(broker.kind())
                .isEqualTo(DockerEngine.ofThisMachine().answers() ? "container" : "in-process");
    }

    private static int partitionsOfATopicOn(KafkaBroker broker)
            throws ExecutionException, InterruptedException {
        String topic = "topic-" + UUID.randomUUID();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            return admin.createTopics(List.of(new NewTopic(topic, 3, (short) 1)))
                    .numPartitions(topic)
                    .get();
        }
    }
}

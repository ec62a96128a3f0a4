package dev.sluice.schemas;

import dev.sluice.schemas.config.KafkaSettings;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.TopicExistsException;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;

/** Creates the topics that a service needs; one that exists stays as it is. */
public final class KafkaTopics {

    private KafkaTopics() {}

    /**
     * Creates what is missing.
     *
     * @throws ExecutionException if the brokers refuse or are away
     */
    public static void ensure(KafkaSettings kafka, Topic<?>... topics)
            throws ExecutionException, InterruptedException {
        List<NewTopic> wanted =
                Arrays.stream(topics)
                        .map(topic ->
                                new NewTopic(
                                                topic.name(),
                                                Optional.of(kafka.partitionsOf(topic)),
                                                Optional.<Short>empty())
                                        .configs(topic.config()))
                        .toList();
        Admin admin = Admin.create(kafka.client("topics"));
        try {
            for (var created : admin.createTopics(wanted).values().values()) {
                await(created);
            }
        } finally {
            // Not to wait: with the brokers away a plain close sits out every pending call.
            admin.close(Duration.ZERO);
        }
    }

    private static void await(KafkaFuture<Void> created)
            throws ExecutionException, InterruptedException {
        try {
            created.get();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw e;
            }
        }
    }
}

package dev.sluice.ingress.fleet;

import dev.sluice.schemas.Topic;
import dev.sluice.schemas.config.KafkaSettings;

import io.micrometer.core.instrument.Counter;

import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Function;

/**
 * Sends what is worth something only while it is fresh. What finds Kafka away is dropped and
 * counted. For one thread.
 */
final class TopicSender<T> {

    private static final Logger LOGGER = LoggerFactory.getLogger(TopicSender.class);
    private static final Duration RECONNECT_PAUSE = Duration.ofSeconds(1);
    private static final Duration FLUSH = Duration.ofMillis(300);

    private final FleetKafka kafka;
    private final Topic<T> topic;
    private final Function<T, String> key;
    private final String role;
    private final Counter sent;
    private final Counter dropped;
    private @Nullable Producer<String, byte[]> producer;
    private volatile boolean warned;
    private long reconnectNanos = System.nanoTime();

    /**
     * Connects when it is asked to.
     *
     * @param key of a record
     * @param role the producer's name in the broker's logs
     */
    TopicSender(
            KafkaSettings kafka,
            Topic<T> topic,
            Function<T, String> key,
            String role,
            Counter sent,
            Counter dropped) {
        this.kafka = new FleetKafka(kafka);
        this.topic = topic;
        this.key = key;
        this.role = role;
        this.sent = sent;
        this.dropped = dropped;
    }

    /** Connects where that has not succeeded yet, a second after the last try at the earliest. */
    void connect() throws InterruptedException {
        if (producer != null || System.nanoTime() - reconnectNanos < 0) {
            return;
        }
        try {
            kafka.ensure(topic);
            producer = kafka.producer(role);
        } catch (ExecutionException | KafkaException e) {
            warn(e);
            reconnectNanos = System.nanoTime() + RECONNECT_PAUSE.toNanos();
        }
    }

    /** Sends them, if it is connected; each is counted as sent or dropped, some only later. */
    void send(List<T> values) {
        Producer<String, byte[]> open = producer;
        for (T value : values) {
            if (open == null) {
                dropped.increment();
            } else if (!send(open, value)) {
                open = null;
            }
        }
    }

    /** False where the producer had to wait and gave up: then it would for every other one. */
    private boolean send(Producer<String, byte[]> open, T value) {
        Future<?> sending =
                open.send(
                        new ProducerRecord<>(
                                topic.name(), key.apply(value), topic.codec().encode(value)),
                        (_, failure) -> delivered(failure));
        return sending.state() != Future.State.FAILED;
    }

    private void delivered(@Nullable Exception failure) {
        if (failure == null) {
            sent.increment();
        } else {
            dropped.increment();
            warn(failure);
        }
    }

    /** Once: what goes on is told by the metric. */
    private void warn(Exception failure) {
        LOGGER.atLevel(warned ? Level.DEBUG : Level.WARN)
                .addKeyValue("topic", topic.name())
                .addKeyValue("error", failure.toString())
                .log("records cannot be sent, and are dropped");
        warned = true;
    }

    /** Waits a little for what is under way. */
    void close() {
        if (producer != null) {
            producer.close(FLUSH);
        }
    }
}

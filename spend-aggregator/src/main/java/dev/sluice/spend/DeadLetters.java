package dev.sluice.spend;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.Topics;
import dev.sluice.schemas.config.KafkaSettings;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * Puts what cannot be booked where people look, as it came, with the reason in a header. The
 * producer is opened by the first letter: most sinks never send one.
 */
final class DeadLetters implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(DeadLetters.class);
    private static final int TIMEOUT_MILLIS = 10_000;

    private final Map<String, Object> settings;
    private @Nullable Producer<byte[], byte[]> producer;

    DeadLetters(KafkaSettings kafka) {
        settings = kafka.client("spend-dead-letters");
        settings.put("acks", "all");
        settings.put("compression.type", "zstd");
        settings.put("linger.ms", 0);
        settings.put("max.block.ms", TIMEOUT_MILLIS);
        settings.put("request.timeout.ms", TIMEOUT_MILLIS / 2);
        settings.put("delivery.timeout.ms", TIMEOUT_MILLIS);
    }

    /**
     * Sends letters and waits until the brokers have them all.
     *
     * @throws UndeliveredException if they do not within 10 s; some may have been sent
     */
    void send(List<Refusal> refusals) {
        List<Sent> sent = refusals.stream().map(this::send).toList();
        for (Sent letter : sent) {
            if (!letter.arrived()) {
                // Even with its headers only it says where the record is to be found.
                send(letter.refusal(), null).require();
            }
            log(letter.refusal());
        }
    }

    @Override
    public void close() {
        if (producer != null) {
            producer.close();
        }
    }

    private Sent send(Refusal refusal) {
        return send(refusal, refusal.source().value());
    }

    private Sent send(Refusal refusal, byte @Nullable [] value) {
        ConsumerRecord<byte[], byte[]> source = refusal.source();
        var letter =
                new ProducerRecord<>(
                        Topics.DEAD_LETTERS.name(), source.topic().getBytes(UTF_8), value);
        letter.headers()
                .add("reason", refusal.reason().getBytes(UTF_8))
                .add("topic", source.topic().getBytes(UTF_8))
                .add("partition", Integer.toString(source.partition()).getBytes(UTF_8))
                .add("offset", Long.toString(source.offset()).getBytes(UTF_8));
        return new Sent(refusal, open().send(letter));
    }

    private Producer<byte[], byte[]> open() {
        if (producer == null) {
            producer =
                    new KafkaProducer<>(
                            settings, new ByteArraySerializer(), new ByteArraySerializer());
        }
        return producer;
    }

    private static void log(Refusal refusal) {
        LOGGER.atError()
                .addKeyValue("topic", refusal.source().topic())
                .addKeyValue("partition", refusal.source().partition())
                .addKeyValue("offset", refusal.source().offset())
                .addKeyValue("reason", refusal.reason())
                .log("record put to the dead letters");
    }

    /** A letter on its way. */
    private record Sent(Refusal refusal, Future<RecordMetadata> answer) {

        /** Waits; false if the letter is too large for the topic. */
        boolean arrived() {
            try {
                answer.get();
                return true;
            } catch (ExecutionException e) {
                if (e.getCause() instanceof RecordTooLargeException) {
                    return false;
                }
                throw new UndeliveredException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new UndeliveredException(e);
            }
        }

        void require() {
            if (!arrived()) {
                throw new UndeliveredException(null);
            }
        }
    }

    /** The brokers did not take a letter. */
    static final class UndeliveredException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        UndeliveredException(@Nullable Throwable cause) {
            super("a dead letter was not delivered", cause);
        }
    }
}

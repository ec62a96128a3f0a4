package dev.sluice.metering;

import dev.sluice.schemas.KafkaTopics;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.config.KafkaSettings;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/** Sends to the spend topic: acknowledged by all replicas, in bounded memory. */
public final class KafkaEventSender implements EventSender {

    private static final Duration USUAL_LINGER = Duration.ofMillis(10);

    /** What an operator may set otherwise. */
    private static final Map<String, Object> USUAL =
            Map.of(
                    ProducerConfig.COMPRESSION_TYPE_CONFIG,
                    "zstd",
                    ProducerConfig.BATCH_SIZE_CONFIG,
                    128 << 10,
                    ProducerConfig.BUFFER_MEMORY_CONFIG,
                    32L << 20,
                    ProducerConfig.MAX_BLOCK_MS_CONFIG,
                    5_000,
                    ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
                    10_000,
                    ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                    30_000,
                    ProducerConfig.ENABLE_METRICS_PUSH_CONFIG,
                    false);

    private static final Map<String, String> IMPATIENT =
            Map.of("default.api.timeout.ms", "5000", "request.timeout.ms", "3000");

    private static final Logger LOGGER = LoggerFactory.getLogger(KafkaEventSender.class);

    private final Producer<byte[], byte[]> producer;

    private KafkaEventSender(Producer<byte[], byte[]> producer) {
        this.producer = producer;
    }

    /**
     * A sender with a producer of its own; the topic is created where it is missing.
     *
     * @param linger how long an event may wait for others to be sent with
     * @throws KafkaException if no broker's name can be resolved or none answers
     */
    public static EventSender open(KafkaSettings settings, Duration linger) {
        ensureTopic(settings);
        Map<String, Object> config = settings.client("spend");
        USUAL.forEach(config::putIfAbsent);
        config.putIfAbsent(ProducerConfig.LINGER_MS_CONFIG, (int) linger.toMillis());
        config.put(ProducerConfig.ACKS_CONFIG, "all");
        config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        var bytes = new ByteArraySerializer();
        return new KafkaEventSender(new KafkaProducer<>(config, bytes, bytes));
    }

    /** The same for whoever waits for no single event: 10 ms. */
    public static EventSender open(KafkaSettings settings) {
        return open(settings, USUAL_LINGER);
    }

    /** Where creating is refused for good, an operator has made the topic, or sends will tell. */
    private static void ensureTopic(KafkaSettings settings) {
        Map<String, String> impatient = new HashMap<>(settings.properties());
        IMPATIENT.forEach(impatient::putIfAbsent);
        var kafka =
                new KafkaSettings(settings.bootstrapServers(), impatient, settings.partitions());
        try {
            KafkaTopics.ensure(kafka, Topics.SPEND);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RetriableException away) {
                throw away;
            }
            LOGGER.atWarn()
                    .addKeyValue("topic", Topics.SPEND.name())
                    .setCause(e.getCause())
                    .log("topic could not be created");
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    @Override
    public void send(byte[] key, byte[] value, Acknowledgement acknowledgement) {
        var _ =
                producer.send(
                        new ProducerRecord<>(Topics.SPEND.name(), key, value),
                        (_, failure) -> acknowledgement.completed(failure));
    }

    @Override
    public void close() {
        producer.close(Duration.ZERO);
    }
}

package dev.sluice.ingress.cache;

import dev.sluice.schemas.Topics;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.events.CacheEvent;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Sends declarations, and waits until every replica has them. Connects when there is something to
 * send: that is rare, and only admins ask for it.
 */
final class CacheEventSender implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(CacheEventSender.class);
    private static final Duration AT_MOST = Duration.ofSeconds(2);
    private static final Duration CLOSE = Duration.ofMillis(300);

    private final KafkaSettings kafka;
    private @Nullable Producer<String, byte[]> producer;
    private boolean isClosed;

    CacheEventSender(KafkaSettings kafka) {
        this.kafka = kafka;
    }

    /** Whether Kafka has all of them within two seconds. */
    boolean send(List<CacheEvent> events) {
        long deadline = System.nanoTime() + AT_MOST.toNanos();
        try {
            Producer<String, byte[]> open = open();
            if (open == null) {
                return false;
            }
            List<Future<?>> sent = new ArrayList<>(events.size());
            for (CacheEvent event : events) {
                Future<?> sending =
                        open.send(
                                new ProducerRecord<>(
                                        Topics.CACHE_EVENTS.name(),
                                        event.recordKey(),
                                        Topics.CACHE_EVENTS.codec().encode(event)));
                if (sending.state() == Future.State.FAILED) {
                    // It waited for Kafka in vain, and would for every other.
                    return false;
                }
                sent.add(sending);
            }
            for (Future<?> sending : sent) {
                sending.get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            }
            return true;
        } catch (ExecutionException | TimeoutException | KafkaException | IllegalStateException e) {
            // The last is what a producer says that was closed meanwhile.
            LOGGER.atWarn()
                    .addKeyValue("topic", Topics.CACHE_EVENTS.name())
                    .addKeyValue("error", e.toString())
                    .log("what was declared invalid is so in this process alone");
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Null once it is closed. */
    private synchronized @Nullable Producer<String, byte[]> open() {
        if (producer == null && !isClosed) {
            Map<String, Object> properties = kafka.client("cache-events");
            properties.put("acks", "all");
            properties.put("enable.idempotence", "true");
            properties.put("max.block.ms", "1000");
            properties.put("request.timeout.ms", "1500");
            properties.put("delivery.timeout.ms", "1900");
            properties.put("linger.ms", "0");
            properties.put("compression.type", "zstd");
            producer =
                    new KafkaProducer<>(
                            properties, new StringSerializer(), new ByteArraySerializer());
        }
        return producer;
    }

    @Override
    public synchronized void close() {
        isClosed = true;
        if (producer != null) {
            producer.close(CLOSE);
        }
    }
}

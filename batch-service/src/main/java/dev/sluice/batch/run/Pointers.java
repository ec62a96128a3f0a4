package dev.sluice.batch.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.KafkaTopics;
import dev.sluice.schemas.NewerVersionException;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.UnreadableRecordException;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.events.BatchEvent;
import dev.sluice.schemas.events.BatchPointer;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Pointers to lines over Kafka: one share group of all batch services, each pointer to one of them.
 * A pointer is accepted when it has been taken note of: whose the lines are, the database says. It
 * is never released, for the broker would drop it after a few times.
 */
final class Pointers implements AutoCloseable {

    static final String GROUP = "sluice-batch-workers";

    private static final Logger LOGGER = LoggerFactory.getLogger(Pointers.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration AGAIN = Duration.ofSeconds(1);
    private static final Duration SENT_WITHIN = Duration.ofSeconds(10);
    private static final Map<String, Object> CONSUMING =
            Map.of(
                    "max.poll.records", 64,
                    "default.api.timeout.ms", 5_000,
                    "request.timeout.ms", 4_000,
                    "enable.metrics.push", false);
    private static final Map<String, Object> PRODUCING =
            Map.of(
                    "compression.type", "zstd",
                    "linger.ms", 5,
                    "max.block.ms", 3_000,
                    "request.timeout.ms", 4_000,
                    "delivery.timeout.ms", 8_000,
                    "buffer.memory", 8L << 20,
                    "enable.metrics.push", false);

    private final KafkaSettings kafka;
    private final BooleanSupplier hasRoom;
    private final Consumer<List<BatchPointer>> taken;
    private final Thread reader;
    private @Nullable Producer<byte[], byte[]> producer;
    private volatile @Nullable KafkaShareConsumer<byte[], byte[]> reading;
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile boolean isReading;

    /**
     * Nothing is read yet.
     *
     * @param hasRoom asked before more is read
     * @param taken given what was read, by the reading thread
     */
    Pointers(KafkaSettings kafka, BooleanSupplier hasRoom, Consumer<List<BatchPointer>> taken) {
        this.kafka = kafka;
        this.hasRoom = hasRoom;
        this.taken = taken;
        this.reader = Thread.ofPlatform().name("sluice-batch-pointers").unstarted(this::run);
    }

    void start() {
        reader.start();
    }

    /** Whether pointers are being read. */
    boolean isReading() {
        return isReading;
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    private void run() {
        while (!isClosing()) {
            try {
                prepare();
                follow();
            } catch (RuntimeException | ExecutionException e) {
                isReading = false;
                if (!isClosing()) {
                    LOGGER.atWarn().setCause(e).log("batch lines cannot be followed yet");
                    pause();
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void pause() {
        try {
            var _ = closing.await(AGAIN.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The topics, and that a new group begins with the oldest pointer. */
    private void prepare() throws ExecutionException, InterruptedException {
        KafkaTopics.ensure(impatient(), Topics.BATCH_LINES, Topics.BATCH_EVENTS);
        Admin admin = Admin.create(impatient().client("batch-groups"));
        try {
            var group = new ConfigResource(ConfigResource.Type.GROUP, GROUP);
            var earliest =
                    new AlterConfigOp(
                            new ConfigEntry("share.auto.offset.reset", "earliest"),
                            AlterConfigOp.OpType.SET);
            admin.incrementalAlterConfigs(Map.of(group, List.of(earliest))).all().get();
        } finally {
            admin.close(Duration.ZERO);
        }
    }

    private KafkaSettings impatient() {
        Map<String, String> properties = new HashMap<>(kafka.properties());
        properties.putIfAbsent("default.api.timeout.ms", "5000");
        properties.putIfAbsent("request.timeout.ms", "3000");
        return new KafkaSettings(kafka.bootstrapServers(), properties, kafka.partitions());
    }

    private void follow() throws InterruptedException {
        Map<String, Object> config = kafka.client("batch-lines");
        CONSUMING.forEach(config::putIfAbsent);
        config.put("group.id", GROUP);
        var bytes = new ByteArrayDeserializer();
        try (var consumer = new KafkaShareConsumer<>(config, bytes, bytes)) {
            reading = consumer;
            consumer.subscribe(List.of(Topics.BATCH_LINES.name()));
            while (!isClosing()) {
                if (!hasRoom.getAsBoolean()) {
                    TimeUnit.MILLISECONDS.sleep(5);
                    continue;
                }
                List<BatchPointer> pointers = new ArrayList<>();
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    read(record, pointers);
                }
                isReading = true;
                if (!pointers.isEmpty()) {
                    taken.accept(pointers);
                    // What was read is accepted; the answer is not waited for.
                    consumer.commitAsync();
                }
            }
        } finally {
            reading = null;
        }
    }

    private static void read(ConsumerRecord<byte[], byte[]> record, List<BatchPointer> pointers) {
        try {
            pointers.add(Topics.BATCH_LINES.codec().decode(record.value()));
        } catch (NewerVersionException | UnreadableRecordException e) {
            // The portion is handed out again when nobody takes it.
            LOGGER.atWarn()
                    .addKeyValue("partition", record.partition())
                    .addKeyValue("offset", record.offset())
                    .setCause(e)
                    .log("a pointer cannot be read");
        }
    }

    /**
     * Puts pointers on the topic and waits until they are there.
     *
     * @return false if that is not certain
     */
    boolean send(List<BatchPointer> pointers) throws InterruptedException {
        try {
            Producer<byte[], byte[]> open = producer();
            List<Future<?>> sent = new ArrayList<>();
            for (BatchPointer pointer : pointers) {
                // By portion, not by batch: the lines of one batch go to all partitions.
                sent.add(
                        open.send(
                                new ProducerRecord<>(
                                        Topics.BATCH_LINES.name(),
                                        Long.toString(pointer.portion()).getBytes(UTF_8),
                                        Topics.BATCH_LINES.codec().encode(pointer))));
            }
            open.flush();
            for (Future<?> one : sent) {
                one.get(SENT_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
            }
            return true;
        } catch (KafkaException | ExecutionException | TimeoutException e) {
            LOGGER.atWarn().setCause(e).log("lines cannot be handed out yet");
            return false;
        }
    }

    /** Tells how a batch stands, without waiting; lost where Kafka is away for long. */
    void tell(BatchEvent event) {
        try {
            var _ =
                    producer()
                            .send(
                                    new ProducerRecord<>(
                                            Topics.BATCH_EVENTS.name(),
                                            event.batch().getBytes(UTF_8),
                                            Topics.BATCH_EVENTS.codec().encode(event)));
        } catch (KafkaException e) {
            LOGGER.atDebug().setCause(e).log("how a batch stands could not be told");
        }
    }

    private synchronized Producer<byte[], byte[]> producer() {
        Producer<byte[], byte[]> open = producer;
        if (open == null) {
            Map<String, Object> config = kafka.client("batch-pointers");
            PRODUCING.forEach(config::putIfAbsent);
            config.put("acks", "all");
            var bytes = new ByteArraySerializer();
            open = new KafkaProducer<>(config, bytes, bytes);
            producer = open;
        }
        return open;
    }

    @Override
    public void close() {
        closing.countDown();
        // Not interrupted: it must leave its group, or the others wait for what it was given.
        KafkaShareConsumer<byte[], byte[]> open = reading;
        if (open != null) {
            open.wakeup();
        }
        try {
            if (!reader.join(Duration.ofSeconds(6))) {
                reader.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (this) {
            if (producer != null) {
                producer.close(Duration.ofSeconds(1));
            }
        }
    }
}

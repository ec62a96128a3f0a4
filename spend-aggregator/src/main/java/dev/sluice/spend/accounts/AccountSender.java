package dev.sluice.spend.accounts;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.KafkaTopics;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.accounts.RecordSignature;
import dev.sluice.schemas.config.KafkaSettings;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** Signs records of accounts and brings them onto the topic, in order. */
final class AccountSender implements OutboxPublisher.Sender {

    private static final int TIMEOUT_MILLIS = 5_000;

    private final KafkaSettings kafka;
    private final RecordSignature signature;
    private @Nullable Producer<byte[], byte[]> producer;

    AccountSender(KafkaSettings kafka, RecordSignature signature) {
        this.kafka = kafka;
        this.signature = signature;
    }

    /** Returns when the brokers have them all; an exception says that some may be missing. */
    @Override
    public void send(Map<String, byte[]> records) throws InterruptedException, ExecutionException {
        Producer<byte[], byte[]> open = open();
        List<Future<?>> sent = new ArrayList<>();
        records.forEach((recordKey, value) -> sent.add(open.send(record(recordKey, value))));
        for (Future<?> one : sent) {
            one.get();
        }
    }

    @Override
    public void close() {
        if (producer != null) {
            producer.close(Duration.ZERO);
            producer = null;
        }
    }

    private ProducerRecord<byte[], byte[]> record(String recordKey, byte[] value) {
        var record = new ProducerRecord<>(Topics.ACCOUNTS.name(), recordKey.getBytes(UTF_8), value);
        record.headers().add(RecordSignature.HEADER, signature.of(recordKey, value));
        return record;
    }

    private Producer<byte[], byte[]> open() throws ExecutionException, InterruptedException {
        if (producer == null) {
            KafkaTopics.ensure(kafka, Topics.ACCOUNTS);
            Map<String, Object> settings = kafka.client("accounts");
            settings.put("acks", "all");
            settings.put("enable.idempotence", true);
            settings.put("compression.type", "zstd");
            settings.put("linger.ms", 0);
            settings.put("max.block.ms", TIMEOUT_MILLIS);
            settings.put("request.timeout.ms", TIMEOUT_MILLIS / 2);
            settings.put("delivery.timeout.ms", TIMEOUT_MILLIS);
            producer =
                    new KafkaProducer<>(
                            settings, new ByteArraySerializer(), new ByteArraySerializer());
        }
        return producer;
    }
}

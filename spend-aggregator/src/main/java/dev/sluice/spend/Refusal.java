package dev.sluice.spend;

import org.apache.kafka.clients.consumer.ConsumerRecord;

/** A record that cannot be booked; the reason never repeats its content. */
record Refusal(ConsumerRecord<byte[], byte[]> source, String reason) {}

package dev.sluice.spend;

import dev.sluice.schemas.events.SpendEvent;

import org.apache.kafka.clients.consumer.ConsumerRecord;

/** An event together with the record that brought it. */
record Delivery(SpendEvent event, ConsumerRecord<byte[], byte[]> source) {}

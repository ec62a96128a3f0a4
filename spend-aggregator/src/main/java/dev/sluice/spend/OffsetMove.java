package dev.sluice.spend;

import org.apache.kafka.common.TopicPartition;

/**
 * A step forward in a partition.
 *
 * @param from the next offset to book, as the booker believes it to be
 * @param to the next offset to book once the step is done
 */
record OffsetMove(TopicPartition partition, long from, long to) {}

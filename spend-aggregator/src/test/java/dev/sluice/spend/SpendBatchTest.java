package dev.sluice.spend;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.SpendEventCodec;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

class SpendBatchTest {

    private static final SpendEventCodec CODEC = new SpendEventCodec();
    private static final byte[] EVENT = CODEC.encode(TestCall.make().event());
    private static final byte[] NEWER =
            new String(EVENT, UTF_8).replace("\"v\":1", "\"v\":2").getBytes(UTF_8);
    private static final byte[] DAMAGED = "{".getBytes(UTF_8);
    private static final TopicPartition FIRST = new TopicPartition("t", 0);
    private static final TopicPartition SECOND = new TopicPartition("t", 1);

    @Test
    void movesOverGapsInTheOffsets() {
        ConsumerRecords<byte[], byte[]> polled =
                new ConsumerRecords<>(
                        Map.of(FIRST, records(FIRST, 5, EVENT, EVENT)),
                        Map.of(FIRST, new OffsetAndMetadata(9), SECOND, new OffsetAndMetadata(4)));

        SpendBatch batch = SpendBatch.read(polled, Map.of(FIRST, 3L, SECOND, 2L), CODEC);

        assertThat(batch.deliveries()).hasSize(2);
        assertThat(batch.moves())
                .containsExactly(new OffsetMove(FIRST, 3, 9), new OffsetMove(SECOND, 2, 4));
    }

    @Test
    void setsDamagedRecordsAside() {
        SpendBatch batch =
                SpendBatch.read(
                        polled(Map.of(FIRST, records(FIRST, 0, DAMAGED, EVENT, null))),
                        Map.of(FIRST, 0L),
                        CODEC);

        assertThat(batch.deliveries()).hasSize(1);
        assertThat(batch.damaged())
                .extracting(refusal -> refusal.source().offset())
                .containsExactly(0L, 2L);
        assertThat(batch.moves()).containsExactly(new OffsetMove(FIRST, 0, 3));
        assertThat(batch.newer()).isNull();
    }

    @Test
    void stopsBeforeANewerVersionInItsPartitionOnly() {
        SpendBatch batch =
                SpendBatch.read(
                        polled(
                                Map.of(
                                        FIRST, records(FIRST, 0, EVENT, NEWER, EVENT),
                                        SECOND, records(SECOND, 0, EVENT, EVENT))),
                        Map.of(FIRST, 0L, SECOND, 0L),
                        CODEC);

        assertThat(batch.deliveries()).hasSize(3);
        assertThat(batch.moves())
                .containsExactly(new OffsetMove(FIRST, 0, 1), new OffsetMove(SECOND, 0, 2));
        assertThat(batch.newer()).isNotNull();
    }

    @Test
    void staysWhereItIsIfTheFirstRecordIsNewer() {
        SpendBatch batch =
                SpendBatch.read(
                        polled(Map.of(FIRST, records(FIRST, 7, NEWER))), Map.of(FIRST, 7L), CODEC);

        assertThat(batch.isEmpty()).isTrue();
        assertThat(batch.newer()).isNotNull();
    }

    @Test
    void skipsPartitionsThatWereTakenAway() {
        SpendBatch batch =
                SpendBatch.read(
                        polled(Map.of(FIRST, records(FIRST, 0, EVENT))), Map.of(SECOND, 0L), CODEC);

        assertThat(batch.isEmpty()).isTrue();
        assertThat(batch.deliveries()).isEmpty();
    }

    static List<ConsumerRecord<byte[], byte[]>> records(
            TopicPartition partition, long from, byte @Nullable [] @Nullable ... values) {
        List<byte[]> all = Arrays.asList(values);
        return IntStream.range(0, all.size())
                .mapToObj(i ->
                        new ConsumerRecord<>(
                                partition.topic(),
                                partition.partition(),
                                from + i,
                                new byte[0],
                                all.get(i)))
                .toList();
    }

    private static ConsumerRecords<byte[], byte[]> polled(
            Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records) {
        Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
        records.forEach((partition, list) ->
                next.put(partition, new OffsetAndMetadata(list.getLast().offset() + 1)));
        return new ConsumerRecords<>(records, next);
    }
}

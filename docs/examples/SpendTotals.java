import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Prints what each model group has cost so far: reads sluice.spend.v1 from its beginning to its end. */
public final class SpendTotals {

    private static final String TOPIC = "sluice.spend.v1";
    private static final int NEWEST_VERSION = 1;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Set<String> seen = new HashSet<>();
    private final Map<String, BigInteger> picodollars = new TreeMap<>();
    private int unpriced;

    public static void main(String[] args) throws IOException {
        SpendTotals totals = read(args[0]);
        totals.usd().forEach((group, usd) -> System.out.println(group + "\t" + usd + " USD"));
        System.out.println(totals.unpriced() + " attempts without a known price");
    }

    public static SpendTotals read(String bootstrapServers) throws IOException {
        var totals = new SpendTotals();
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrapServers);
        try (var consumer =
                new KafkaConsumer<>(
                        settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions =
                    consumer.partitionsFor(TOPIC).stream()
                            .map(info -> new TopicPartition(TOPIC, info.partition()))
                            .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(at -> consumer.position(at) < ends.get(at))) {
                for (ConsumerRecord<byte[], byte[]> record :
                        consumer.poll(Duration.ofMillis(500))) {
                    totals.add(JSON.readTree(record.value()));
                }
            }
        }
        return totals;
    }

    private void add(JsonNode event) {
        if (event.path("v").asInt() > NEWEST_VERSION) {
            throw new IllegalStateException("a newer form of spend events: update this reader");
        }
        if (!seen.add(event.path("event_id").asText())) {
            return; // The same money again.
        }
        picodollars.merge(
                event.path("model_group").asText(),
                event.path("cost_pico").bigIntegerValue(),
                BigInteger::add);
        JsonNode usage = event.path("usage");
        boolean used = usage.path("input").asLong() + usage.path("output").asLong() > 0;
        if (used && !event.has("price_version")) {
            unpriced++;
        }
    }

    public Map<String, BigDecimal> usd() {
        Map<String, BigDecimal> usd = new TreeMap<>();
        picodollars.forEach((group, pico) -> usd.put(group, new BigDecimal(pico, 12)));
        return usd;
    }

    public int unpriced() {
        return unpriced;
    }
}

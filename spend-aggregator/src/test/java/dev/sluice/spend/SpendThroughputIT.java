package dev.sluice.spend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.testkit.KafkaBroker;
import dev.sluice.testkit.KafkaExtension;
import dev.sluice.testkit.PostgresDatabase;
import dev.sluice.testkit.PostgresExtension;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

@Tag("slow")
@ExtendWith({KafkaExtension.class, PostgresExtension.class})
class SpendThroughputIT {

    private static final Logger LOGGER = LoggerFactory.getLogger(SpendThroughputIT.class);
    private static final int EVENTS = 50_000;

    @Test
    void booksABacklogFasterThanTheGatewayMakesIt(KafkaBroker kafka, PostgresDatabase postgres)
            throws Exception {
        try (SpendBench bench = SpendBench.fresh(kafka, postgres)) {
            bench.start();
            bench.publish(TestCall.make().costing(1).event());
            bench.drain();
            bench.stop();
            bench.publish(
                    IntStream.range(1, EVENTS)
                            .mapToObj(i -> TestCall.make().by("user-" + i % 100).costing(1).event())
                            .toArray(SpendEvent[]::new));

            bench.start();
            bench.drain();

            var batches = bench.metrics().get("sluice.sink.batch").timer();
            double seconds = batches.totalTime(TimeUnit.SECONDS);
            long startedAt = System.nanoTime();
            int rows = bench.logs("").size();
            Duration read = Duration.ofNanos(System.nanoTime() - startedAt);
            LOGGER.atInfo()
                    .addKeyValue("events_per_second", Math.round(EVENTS / seconds))
                    .addKeyValue("batches", batches.count())
                    .addKeyValue("rows", rows)
                    .addKeyValue("read_millis", read.toMillis())
                    .log("throughput");
            assertThat(bench.totalPico()).isEqualTo(EVENTS);
            assertThat(EVENTS / seconds).isGreaterThan(1_000);
        }
    }
}

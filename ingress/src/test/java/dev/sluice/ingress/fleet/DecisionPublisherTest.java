package dev.sluice.ingress.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.sluice.schemas.config.GatewayConfig.DecisionSettings;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.events.DecisionEvent;
import dev.sluice.schemas.events.SpendEventIds;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.Test;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

class DecisionPublisherTest {

    private static final KafkaSettings NOWHERE = KafkaSettings.of("127.0.0.1:1");

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final AtomicLong nanos = new AtomicLong();

    @Test
    void takesTheShareThatIsAskedForByTheIdAlone() {
        List<UUID> ids =
                LongStream.range(0, 100_000).mapToObj(SpendEventIds::newRequestId).toList();
        for (double rate : new double[] {0.01, 0.3}) {
            long sampled = ids.stream().filter(id -> DecisionPublisher.isSampled(id, rate)).count();
            assertThat(sampled / 1e5)
                    .isCloseTo(rate, within(5 * Math.sqrt(rate * (1 - rate) / 1e5)));
        }
        assertThat(ids).noneMatch(id -> DecisionPublisher.isSampled(id, 0));
        assertThat(ids).allMatch(id -> DecisionPublisher.isSampled(id, 1));
        assertThat(ids)
                .allMatch(id ->
                        !DecisionPublisher.isSampled(id, 0.01)
                                || DecisionPublisher.isSampled(id, 0.3));
    }

    @Test
    void takesNoMoreThanSoManyASecond() {
        try (var publisher = publisher("1", 5)) {
            assertThat(IntStream.range(0, 100).filter(_ -> publisher.samples(UUID.randomUUID())))
                    .hasSize(5);
            nanos.addAndGet(Duration.ofMillis(999).toNanos());
            assertThat(publisher.samples(UUID.randomUUID())).isFalse();
            nanos.addAndGet(Duration.ofMillis(1).toNanos());
            assertThat(publisher.samples(UUID.randomUUID())).isTrue();
        }
        assertThat(counted("over_cap")).isEqualTo(96);
    }

    @Test
    void dropsAndCountsWhatFindsTheQueueFull() {
        try (var publisher = publisher("1", 5)) {
            for (int i = 0; i < 1_500; i++) {
                publisher.offer(event());
            }
            assertThat(counted("dropped")).isEqualTo(1_500 - 1_024);
        }
    }

    @Test
    void dropsAndCountsWhileKafkaIsAway() {
        try (var publisher = publisher("1", 5)) {
            publisher.start();
            for (int i = 0; i < 10; i++) {
                publisher.offer(event());
            }
            await().atMost(Duration.ofSeconds(20)).until(() -> counted("dropped") == 10);
        }
        assertThat(counted("sent")).isZero();
    }

    private DecisionPublisher publisher(String rate, int mostASecond) {
        return new DecisionPublisher(
                NOWHERE,
                new DecisionSettings(new BigDecimal(rate), mostASecond),
                "i",
                metrics,
                nanos::get);
    }

    private double counted(String outcome) {
        return metrics.get("sluice_decision_events").tag("outcome", outcome).counter().count();
    }

    private static DecisionEvent event() {
        return new DecisionEvent(
                "r",
                1,
                Instant.EPOCH,
                "i",
                null,
                "g",
                "s",
                "m",
                false,
                1,
                1,
                1,
                false,
                List.of(),
                List.of(),
                null,
                List.of());
    }
}

package dev.sluice.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.metering.RecordingSender.Mode;
import dev.sluice.schemas.config.GatewayConfig.JournalSettings;
import dev.sluice.schemas.config.GatewayConfig.JournalSettings.Durability;
import dev.sluice.schemas.config.GatewayConfig.JournalSettings.WhenFull;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Where Kafka, and no disk, is what makes an event safe. */
@SuppressWarnings("NullAway.Init") // each test opens them first
class KafkaDurabilityTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    /** What is promised, and room for a machine that others use. */
    private static final Duration PROMISED = Duration.ofMillis(200);

    private static final Duration AT_ONCE = Duration.ofMillis(100);

    @TempDir private Path directory;

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final RecordingSender topic = new RecordingSender();
    private Journal journal;
    private Shipper shipper;

    private void open(WhenFull whenFull) throws IOException {
        var settings =
                new JournalSettings(
                        4L << 20, 128 << 10, Duration.ofMillis(5), whenFull, Durability.KAFKA);
        journal = Journal.open(directory, settings, metrics);
        shipper = new Shipper(journal, topic, metrics);
        shipper.start();
    }

    @AfterEach
    void close() throws IOException {
        shipper.close();
        journal.close();
    }

    private void awaitKafka() {
        await().atMost(SOON).until(() -> topic.opened() > 0);
    }

    @Test
    void theEndOfAnAnswerWaitsUntilKafkaHasItsEvent() throws Exception {
        open(WhenFull.SERVE);
        awaitKafka();
        topic.now(Mode.KEEPS);
        UUID request = Events.newRequest();
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Boolean> end =
                    callers.submit(() -> journal.ended(Events.settled(journal, request, 1)));
            await().atMost(SOON).until(() -> topic.received().size() == 1);
            assertThat(end.isDone()).as("answered before the acknowledgement").isFalse();
            topic.acknowledgeKept();

            assertThat(end.get()).isTrue();
        }
        assertThat(unacknowledged()).isZero();
    }

    @Test
    void waitsForNothingThatCostsNothingOrIsNotTheLast() throws Exception {
        open(WhenFull.SERVE);
        awaitKafka();
        topic.now(Mode.KEEPS);
        UUID request = Events.newRequest();

        assertThat(took(() -> journal.started(Events.presumed(journal, request, 1))))
                .isLessThan(AT_ONCE);
        assertThat(took(() -> journal.ended(Events.failed(journal, request, 1))))
                .isLessThan(AT_ONCE);
        assertThat(unacknowledged()).isZero();
    }

    @Test
    void servesAndCountsAfterTwoHundredMillisecondsAndThenAtOnce() throws Exception {
        open(WhenFull.SERVE);
        awaitKafka();
        topic.now(Mode.KEEPS);

        Duration first = took(() -> assertThat(end()).isFalse());
        Duration second = took(this::end);

        assertThat(first).isBetween(PROMISED, PROMISED.multipliedBy(3));
        assertThat(second).as("one waited in vain, this must not").isLessThan(AT_ONCE);
        assertThat(unacknowledged()).isEqualTo(2);

        topic.now(Mode.ACKNOWLEDGES);
        topic.acknowledgeKept();
        assertThat(shipper.drain(SOON)).isTrue();
        await().atMost(SOON).until(this::end);
        assertThat(topic.received().stream().map(event -> event.requestId()).distinct())
                .as("what was served without an acknowledgement is shipped all the same")
                .hasSizeGreaterThanOrEqualTo(3);
    }

    @Test
    void refusesStartsFromTheFirstMissingAcknowledgementUntilKafkaIsBack() throws Exception {
        open(WhenFull.REFUSE);
        await().atMost(SOON).until(this::start);
        topic.now(Mode.KEEPS);

        assertThat(end()).isFalse();
        assertThat(start()).isFalse();
        assertThat(refusedStarts()).isPositive();

        topic.now(Mode.ACKNOWLEDGES);
        topic.acknowledgeKept();
        await().atMost(SOON).until(this::start);
        assertThat(end()).isTrue();
    }

    @Test
    void refusesStartsWhileKafkaWasNeverReached() throws Exception {
        topic.now(Mode.IS_AWAY);
        open(WhenFull.REFUSE);

        assertThat(start()).isFalse();

        topic.now(Mode.ACKNOWLEDGES);
        await().atMost(SOON).until(this::start);
    }

    @Test
    void everyOneOfManyCallersIsToldOfHisOwn() throws Exception {
        open(WhenFull.REFUSE);
        await().atMost(SOON).until(this::start);
        for (int i = 0; i < 200; i++) {
            end(); // a JVM that has just begun takes its 200 ms
        }
        assertThat(shipper.drain(SOON)).isTrue();
        await().atMost(SOON).until(this::start);
        double before = unacknowledged();
        List<Future<Boolean>> ends = new ArrayList<>();
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 100; i++) {
                ends.add(callers.submit(this::end));
            }
        }

        assertThat(ends).allMatch(Future::resultNow);
        assertThat(topic.received()).hasSize(300);
        assertThat(unacknowledged()).isEqualTo(before);
    }

    private boolean start() {
        return journal.started(Events.presumed(journal, Events.newRequest(), 1));
    }

    private boolean end() {
        return journal.ended(Events.settled(journal, Events.newRequest(), 1));
    }

    private static Duration took(Runnable action) {
        long begin = System.nanoTime();
        action.run();
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    private double unacknowledged() {
        return metrics.counter(MeterNames.UNACKNOWLEDGED).count();
    }

    private double refusedStarts() {
        return metrics.counter(MeterNames.REFUSED, "record", "start", "reason", "unacknowledged")
                .count();
    }
}

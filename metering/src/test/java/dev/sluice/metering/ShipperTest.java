package dev.sluice.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.metering.RecordingSender.Mode;
import dev.sluice.schemas.config.GatewayConfig.JournalSettings;
import dev.sluice.schemas.events.SpendEvent;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

class ShipperTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir private Path directory;

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final RecordingSender topic = new RecordingSender();
    private Journal journal;
    private Shipper shipper;

    @BeforeEach
    void open() throws IOException {
        open(256 << 10);
    }

    private void open(int segmentBytes) throws IOException {
        JournalSettings settings =
                new JournalSettings(
                        64L << 20,
                        segmentBytes,
                        Duration.ofMillis(2),
                        JournalSettings.WhenFull.SERVE);
        journal = Journal.open(directory, settings, metrics);
        shipper = new Shipper(journal, topic, metrics, Duration.ofMillis(300));
    }

    @AfterEach
    void close() throws IOException {
        shipper.close();
        journal.close();
    }

    @Test
    void shipsEveryEventOfManyThreadsOnce() throws IOException {
        close();
        // Large enough that a loaded disk keeps up with 64 threads that do nothing but write.
        open(4 << 20);
        shipper.start();
        ConcurrentLinkedQueue<UUID> ended = new ConcurrentLinkedQueue<>();
        List<Future<?>> calls = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int thread = 0; thread < 64; thread++) {
                calls.add(threads.submit(() -> callRepeatedly(200, ended)));
            }
        }

        assertThat(calls).allMatch(call -> call.state() == Future.State.SUCCESS);
        assertThat(shipper.drain(SOON)).isTrue();
        assertThat(refusals()).as("refused").isEmpty();
        assertThat(ended).hasSize(64 * 200);
        assertThat(topic.received().stream().map(SpendEvent::requestId))
                .containsExactlyInAnyOrderElementsOf(ended);
        assertThat(metrics.counter(MeterNames.CORRUPT).count()).isZero();
        assertThat(metrics.counter(MeterNames.HOLES).count()).isZero();
    }

    private void callRepeatedly(int times, ConcurrentLinkedQueue<UUID> ended) {
        for (int i = 0; i < times; i++) {
            UUID request = Events.newRequest();
            if (journal.started(Events.presumed(journal, request, 1))
                    && journal.ended(Events.settled(journal, request, 1))) {
                ended.add(request);
            }
        }
    }

    private List<String> refusals() {
        return metrics.find(MeterNames.REFUSED).counters().stream()
                .filter(counter -> counter.count() > 0)
                .map(counter -> counter.getId().getTags() + " " + counter.count())
                .toList();
    }

    @Test
    void keepsTheOrderOfTheJournal() {
        List<UUID> order = end(500);
        shipper.start();

        assertThat(shipper.drain(SOON)).isTrue();
        assertThat(topic.received().stream().map(SpendEvent::requestId))
                .containsExactlyElementsOf(order);
    }

    @Test
    void waitsForAcknowledgementsWhateverTheirOrder() {
        topic.now(Mode.KEEPS);
        end(50);
        shipper.start();
        await().until(() -> topic.received().size() == 50);

        assertThat(shipper.pending()).isEqualTo(50);
        assertThat(shipper.drain(Duration.ofMillis(20))).isFalse();
        assertThat(metrics.get(MeterNames.OLDEST_PENDING).gauge().value()).isPositive();
        topic.acknowledgeKept();

        assertThat(shipper.drain(SOON)).isTrue();
        assertThat(topic.received()).hasSize(50);
    }

    @Test
    void sendsAgainWithANewSenderWhatFailed() {
        topic.now(Mode.FAILS);
        List<UUID> order = end(20);
        shipper.start();
        await().until(() -> topic.opened() >= 2);
        topic.now(Mode.ACKNOWLEDGES);

        assertThat(shipper.drain(SOON)).isTrue();
        assertThat(topic.received().stream().map(SpendEvent::requestId))
                .containsExactlyElementsOf(order);
        assertThat(metrics.counter(MeterNames.SHIP_FAILURES).count()).isPositive();
    }

    @Test
    void outlivesABrokerThatIsAway() {
        topic.now(Mode.IS_AWAY);
        shipper.start();
        List<UUID> order = end(20);
        await().until(() -> metrics.counter(MeterNames.SHIP_FAILURES).count() >= 2);
        assertThat(shipper.pending()).isEqualTo(20);
        topic.now(Mode.ACKNOWLEDGES);

        assertThat(shipper.drain(SOON)).isTrue();
        assertThat(topic.received()).hasSameSizeAs(order);
    }

    @Test
    void stopsWhileTheBrokerKeepsItsAcknowledgements() {
        topic.now(Mode.KEEPS);
        end(5);
        shipper.start();
        await().until(() -> topic.received().size() == 5);

        long begin = System.nanoTime();
        shipper.close();

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(2));
        assertThat(shipper.pending()).isEqualTo(5);
    }

    @Test
    void movesARequestThatStaysOpenSoThatItsSegmentCanGo() throws IOException {
        shipper.start();
        UUID stream = Events.newRequest();
        UUID retrying = Events.newRequest();
        assertThat(journal.started(Events.presumed(journal, stream, 1))).isTrue();
        assertThat(journal.started(Events.presumed(journal, retrying, 1))).isTrue();
        assertThat(journal.ended(Events.failed(journal, retrying, 1))).isTrue();
        long began = journal.chain().oldest().number();
        for (int i = 0; i < 5_000; i++) {
            assertThat(journal.ended(Events.settled(journal, Events.newRequest(), 1))).isTrue();
            if (i % 500 == 0) {
                assertThat(shipper.drain(SOON)).isTrue();
            }
        }
        await().atMost(SOON).until(() -> journal.chain().oldest().number() > began + 8);
        assertThat(metrics.get(MeterNames.OPEN_REQUESTS).gauge().value()).isEqualTo(2);

        shipper.close();
        journal.close();
        open();
        shipper.start();

        assertThat(shipper.drain(SOON)).isTrue();
        assertThat(topic.received(stream))
                .singleElement()
                .matches(SpendEvent::isFinal)
                .extracting(SpendEvent::kind)
                .isEqualTo(SpendEvent.Kind.ESTIMATED);
        assertThat(topic.received(retrying))
                .extracting(SpendEvent::attempt, SpendEvent::isFinal)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(1, false),
                        org.assertj.core.groups.Tuple.tuple(2, true));
    }

    @Test
    void waitsForARecordThatIsStillBeingWrittenAndThenShipsIt() {
        shipper.start();
        byte[] image = new byte[RecordFormat.HEADER + 1024];
        UUID late = Events.newRequest();
        byte[] json =
                new dev.sluice.schemas.SpendEventCodec().encode(Events.settled(journal, late, 1));
        System.arraycopy(json, 0, image, RecordFormat.HEADER, json.length);
        long word = RecordFormat.seal(image, json.length, RecordFormat.END, (byte) 1, 1, late);
        Segment segment = journal.chain().active();
        int at = segment.reserve(RecordFormat.size(json.length));
        List<UUID> behind = end(3);

        assertThat(shipper.drain(Duration.ofMillis(100))).isFalse();
        assertThat(topic.received()).isEmpty();
        assertThat(segment.publish(at, image, json.length, word)).isTrue();

        assertThat(shipper.drain(SOON)).isTrue();
        List<UUID> expected = new ArrayList<>(List.of(late));
        expected.addAll(behind);
        assertThat(topic.received().stream().map(SpendEvent::requestId))
                .containsExactlyElementsOf(expected);
    }

    @Test
    void claimsTheRecordOfAWriterThatDoesNotComeBack() {
        shipper.start();
        Segment segment = journal.chain().active();
        int at = segment.reserve(640);
        List<UUID> behind = end(3);

        await().atMost(SOON).until(() -> topic.received().size() == 3);

        assertThat(topic.received().stream().map(SpendEvent::requestId))
                .containsExactlyElementsOf(behind);
        assertThat(segment.publish(at, new byte[640], 600, 1)).isFalse();
        assertThat(metrics.counter(MeterNames.HOLES).count()).isEqualTo(1);
    }

    private List<UUID> end(int count) {
        List<UUID> order = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            UUID request = Events.newRequest();
            assertThat(journal.ended(Events.settled(journal, request, 1))).isTrue();
            order.add(request);
        }
        return order;
    }
}

package dev.sluice.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.sluice.schemas.config.GatewayConfig.JournalSettings;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.SpendEventIds;
import dev.sluice.schemas.events.Usage;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

/** What a later run makes of the folder of a run that died. */
class RecoveryTest {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final JournalSettings SETTINGS =
            new JournalSettings(
                    4L << 20, 128 << 10, Duration.ofMillis(2), JournalSettings.WhenFull.SERVE);

    @TempDir private Path scratch;

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final RecordingSender topic = new RecordingSender();
    private int runs;

    /** Writes something and dies: the folder as it was at the end, without any goodbye. */
    private Path afterDeath(Life life) throws IOException {
        Path directory = scratch.resolve("run-" + runs++);
        Path left = scratch.resolve("left-" + runs++);
        try (Journal journal = Journal.open(directory, SETTINGS, metrics)) {
            life.live(journal);
            copy(directory, left);
        }
        return left;
    }

    @FunctionalInterface
    private interface Life {
        void live(Journal journal) throws IOException;
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (var files = Files.list(from)) {
            // A segment that is still being made may have its name by the time it is copied.
            for (Path file :
                    files.filter(file -> !file.toString().endsWith("unfinished")).toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    private void recover(Path directory) throws IOException {
        try (Journal journal = Journal.open(directory, SETTINGS, metrics);
                var shipper = new Shipper(journal, topic, metrics)) {
            shipper.start();
            assertThat(shipper.drain(SOON)).isTrue();
        }
    }

    @Test
    void shipsWhatWasWrittenDown() throws IOException {
        List<SpendEvent> events = new ArrayList<>();
        Path left =
                afterDeath(journal -> {
                    for (int i = 0; i < 600; i++) {
                        events.add(Events.settled(journal, Events.newRequest(), 1));
                        assertThat(journal.ended(events.getLast())).isTrue();
                    }
                });

        recover(left);

        assertThat(topic.received()).containsExactlyElementsOf(events);
    }

    @Test
    void booksWhatWasPresumedOfAnAttemptThatWasUnderWay() throws IOException {
        UUID request = Events.newRequest();
        List<SpendEvent> presumed = new ArrayList<>();
        Path left =
                afterDeath(journal -> {
                    presumed.add(Events.presumed(journal, request, 1));
                    assertThat(journal.started(presumed.getFirst())).isTrue();
                });

        recover(left);

        assertThat(topic.received()).containsExactlyElementsOf(presumed);
    }

    @Test
    void closesARequestThatWasBetweenTwoAttempts() throws IOException {
        UUID request = Events.newRequest();
        Path left =
                afterDeath(journal -> {
                    assertThat(journal.started(Events.presumed(journal, request, 1))).isTrue();
                    assertThat(journal.ended(Events.failed(journal, request, 1))).isTrue();
                });

        recover(left);

        assertThat(topic.received())
                .extracting(SpendEvent::attempt, SpendEvent::kind, SpendEvent::isFinal)
                .containsExactly(
                        tuple(1, SpendEvent.Kind.VOIDED, false),
                        tuple(2, SpendEvent.Kind.VOIDED, true));
        SpendEvent last = topic.received().getLast();
        assertThat(last.eventId()).isEqualTo(SpendEventIds.terminal(request, 2));
        assertThat(last.usage()).isEqualTo(Usage.NONE);
        assertThat(last.costPico()).isZero();
        assertThat(last.priceVersion()).isNull();
        assertThat(last.startedAt()).isEqualTo(topic.received().getFirst().endedAt());
    }

    @Test
    void givesARequestOneFinalEventThoughTwoAttemptsWereUnderWay() throws IOException {
        UUID hedged = Events.newRequest();
        UUID answered = Events.newRequest();
        Path left =
                afterDeath(journal -> {
                    journal.started(Events.presumed(journal, hedged, 1));
                    journal.started(Events.presumed(journal, hedged, 2));
                    journal.started(Events.presumed(journal, answered, 1));
                    journal.started(Events.presumed(journal, answered, 2));
                    journal.ended(Events.settled(journal, answered, 2));
                });

        recover(left);

        assertThat(topic.received(hedged))
                .extracting(SpendEvent::attempt, SpendEvent::isFinal)
                .containsExactly(tuple(1, false), tuple(2, true));
        assertThat(topic.received(answered))
                .extracting(SpendEvent::attempt, SpendEvent::isFinal)
                .containsExactly(tuple(2, true), tuple(1, false));
    }

    @Test
    void givesTheSameEventsWhenItDiesDuringRecovery() throws IOException {
        UUID request = Events.newRequest();
        Path left = afterDeath(journal -> journal.ended(Events.failed(journal, request, 1)));
        Path again = scratch.resolve("again");
        copy(left, again);

        recover(left);
        recover(again);

        assertThat(topic.received().stream().map(SpendEvent::eventId).distinct()).hasSize(2);
        assertThat(topic.received().stream().map(SpendEvent::startedAt).distinct()).hasSize(2);
        assertThat(topic.received()).hasSize(4);
    }

    @Test
    void doesNotSendAgainWhatWasAcknowledged() throws IOException {
        Path left =
                afterDeath(journal -> {
                    try (var shipper = new Shipper(journal, topic, metrics)) {
                        shipper.start();
                        for (int i = 0; i < 20; i++) {
                            journal.ended(Events.settled(journal, Events.newRequest(), 1));
                        }
                        assertThat(shipper.drain(SOON)).isTrue();
                    }
                    journal.ended(Events.settled(journal, Events.newRequest(), 1));
                });
        assertThat(topic.received()).hasSize(20);

        recover(left);

        assertThat(topic.received()).hasSize(21);
        recover(left);
        assertThat(topic.received()).hasSize(21);
    }

    @Test
    void leavesNothingBehindOnceAllIsShipped() throws IOException {
        Path left =
                afterDeath(journal -> {
                    for (int i = 0; i < 1_000; i++) {
                        journal.ended(Events.settled(journal, Events.newRequest(), 1));
                    }
                });

        recover(left);

        try (Journal journal = Journal.open(left, SETTINGS, metrics);
                var shipper = new Shipper(journal, topic, metrics)) {
            shipper.start();
            org.awaitility.Awaitility.await().until(() -> journal.chain().oldest().isLive());
        }
        assertThat(topic.received()).hasSize(1_000);
    }

    @Test
    void skipsTheHoleOfAThreadThatDiedInTheMiddle() throws IOException {
        UUID behind = Events.newRequest();
        Path left =
                afterDeath(journal -> {
                    journal.ended(Events.settled(journal, Events.newRequest(), 1));
                    journal.chain().active().reserve(1024);
                    journal.ended(Events.settled(journal, behind, 1));
                    journal.chain().active().reserve(512);
                });

        recover(left);

        assertThat(topic.received()).hasSize(2);
        assertThat(topic.received(behind)).hasSize(1);
        assertThat(metrics.counter(MeterNames.HOLES).count()).isEqualTo(1);
        assertThat(metrics.counter(MeterNames.CORRUPT).count()).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 100, 128, 200, 70_000, 131_000})
    void toleratesAFileThatIsCutOff(long length) throws IOException {
        List<UUID> written = new ArrayList<>();
        Path left =
                afterDeath(journal -> {
                    for (int i = 0; i < 140; i++) {
                        written.add(Events.newRequest());
                        journal.ended(Events.settled(journal, written.getLast(), 1));
                    }
                });
        cut(firstSegment(left), length);

        recover(left);

        List<UUID> received = topic.received().stream().map(SpendEvent::requestId).toList();
        assertThat(received).isEqualTo(written.subList(0, received.size()));
        assertThat(received.size()).isBetween((int) (length / 1100), (int) (length / 600));
    }

    private static Path firstSegment(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".journal"))
                    .sorted()
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static void cut(Path file, long length) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(length);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void losesOnlyTheRecordsWhoseBitsWereFlipped(long seed) throws IOException {
        Set<SpendEvent> written = new HashSet<>();
        Path left =
                afterDeath(journal -> {
                    for (int i = 0; i < 120; i++) {
                        SpendEvent event = Events.settled(journal, Events.newRequest(), 1);
                        journal.ended(event);
                        written.add(event);
                    }
                });
        int flips = 5;
        flip(firstSegment(left), new Random(seed), flips);

        recover(left);

        assertThat(written).containsAll(topic.received());
        assertThat(topic.received()).doesNotHaveDuplicates().hasSizeBetween(120 - flips, 120);
        double reported =
                metrics.counter(MeterNames.CORRUPT).count()
                        + metrics.counter(MeterNames.HOLES).count();
        // Neighbours that are damaged together are one span; flips may also hit padding.
        assertThat(reported).isBetween(topic.received().size() < 120 ? 1.0 : 0.0, (double) flips);
    }

    private static void flip(Path file, Random random, int flips) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            for (int i = 0; i < flips; i++) {
                long at = random.nextInt(100_000);
                ByteBuffer one = ByteBuffer.allocate(1);
                channel.read(one, at);
                one.put(0, (byte) (one.get(0) ^ 1 << random.nextInt(8)));
                channel.write(one.rewind(), at);
            }
        }
    }
}

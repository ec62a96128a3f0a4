package dev.sluice.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.schemas.config.GatewayConfig.JournalSettings;
import dev.sluice.schemas.events.SpendEvent;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

class JournalTest {

    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir private Path directory;

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final RecordingSender topic = new RecordingSender();

    static JournalSettings settings(int segments) {
        return new JournalSettings(
                segments * (64L << 10),
                64 << 10,
                Duration.ofMillis(2),
                JournalSettings.WhenFull.REFUSE);
    }

    private Journal open(int segments) throws IOException {
        return Journal.open(directory, settings(segments), metrics);
    }

    @Test
    void shipsTheEndOfAnAttempt() throws IOException {
        try (Journal journal = open(8);
                var shipper = new Shipper(journal, topic, metrics)) {
            shipper.start();
            UUID request = Events.newRequest();
            SpendEvent settled = Events.settled(journal, request, 1);

            assertThat(journal.started(Events.presumed(journal, request, 1))).isTrue();
            assertThat(journal.ended(settled)).isTrue();

            assertThat(shipper.drain(SOON)).isTrue();
            assertThat(topic.received()).containsExactly(settled);
            assertThat(metrics.counter(MeterNames.SHIPPED).count()).isEqualTo(1);
        }
    }

    @Test
    void keepsItsIdAndNeverGivesAPositionTwice() throws IOException {
        String id;
        Set<SpendEvent.JournalPosition> given = new HashSet<>();
        try (Journal journal = open(8)) {
            id = journal.id();
            for (int i = 0; i < 100; i++) {
                assertThat(given.add(journal.nextPosition())).isTrue();
            }
        }
        try (Journal journal = open(8)) {
            String folder = id.substring(0, id.indexOf('.'));
            assertThat(journal.id()).startsWith(folder + ".").isNotEqualTo(id);
            assertThat(given.add(journal.nextPosition())).isTrue();
        }
    }

    @Test
    void refusesAFolderThatIsInUse() throws IOException {
        try (Journal journal = open(8)) {
            assertThat(journal.id()).isNotEmpty();
            assertThatThrownBy(() -> open(8)).isInstanceOf(JournalLockedException.class);
        }
        try (Journal journal = open(8)) {
            assertThat(journal.id()).isNotEmpty();
        }
    }

    @Test
    void refusesSettingsThatCannotWork() {
        assertThatThrownBy(() -> open(2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("less than three segments");
        assertThatThrownBy(() ->
                        Journal.open(
                                directory,
                                new JournalSettings(
                                        1 << 20,
                                        1000,
                                        Duration.ofMillis(1),
                                        JournalSettings.WhenFull.SERVE),
                                metrics))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("segment_bytes is 1000");
    }

    @Test
    void goesThroughManySegmentsAndDeletesWhatIsShipped() throws IOException {
        try (Journal journal = open(16);
                var shipper = new Shipper(journal, topic, metrics)) {
            shipper.start();
            for (int i = 0; i < 2_000; i++) {
                UUID request = Events.newRequest();
                assertThat(journal.started(Events.presumed(journal, request, 1))).isTrue();
                assertThat(journal.ended(Events.settled(journal, request, 1))).isTrue();
                if (i % 100 == 0) {
                    assertThat(shipper.drain(SOON)).isTrue();
                }
            }

            assertThat(shipper.drain(SOON)).isTrue();
            assertThat(topic.received()).hasSize(2_000);
            org.awaitility.Awaitility.await().until(() -> segmentFiles().size() <= 3);
            assertThat(metrics.get(MeterNames.BYTES).gauge().value())
                    .isLessThanOrEqualTo(3 * (64 << 10));
        }
    }

    @Test
    void refusesStartsAtItsBoundAndKeepsRoomForTheEnds() throws IOException {
        try (Journal journal = open(4)) {
            Set<UUID> accepted = new HashSet<>();
            UUID request = Events.newRequest();
            while (journal.started(Events.presumed(journal, request, 1))) {
                accepted.add(request);
                request = Events.newRequest();
                assertThat(accepted).hasSizeLessThan(1_000);
            }

            assertThat(accepted).hasSizeGreaterThan(100);
            assertThat(refused("start", "full")).isEqualTo(1);
            assertThat(accepted.stream().limit(60))
                    .allMatch(open -> journal.ended(Events.settled(journal, open, 1)));
            assertThat(refused("end", "full")).isZero();
        }
    }

    @Test
    void refusesEndsOnlyWhenNothingIsLeftAndRecoversWithTheShipper() throws IOException {
        try (Journal journal = open(4);
                var shipper = new Shipper(journal, topic, metrics)) {
            int accepted = 0;
            while (journal.ended(Events.settled(journal, Events.newRequest(), 1))) {
                accepted++;
                assertThat(accepted).isLessThan(1_000);
            }
            assertThat(refused("end", "full")).isEqualTo(1);
            assertThat(journal.started(Events.presumed(journal, Events.newRequest(), 1))).isFalse();
            assertThat(shipper.pending()).isGreaterThanOrEqualTo(accepted);

            shipper.start();

            assertThat(shipper.drain(SOON)).isTrue();
            assertThat(topic.received()).hasSize(accepted);
            org.awaitility.Awaitility.await()
                    .until(() -> journal.started(Events.presumed(journal, Events.newRequest(), 1)));
        }
    }

    @Test
    void refusesARecordThatNoBrokerWouldTake() throws IOException {
        try (Journal journal = open(8)) {
            SpendEvent small = Events.settled(journal, Events.newRequest(), 1);
            SpendEvent large =
                    new SpendEvent(
                            small.eventId(),
                            small.journal(),
                            small.requestId(),
                            1,
                            true,
                            small.kind(),
                            small.startedAt(),
                            small.endedAt(),
                            new SpendEvent.Owner(
                                    "k", null, null, null, "x".repeat(70_000), List.of()),
                            small.callType(),
                            small.target(),
                            null,
                            small.status(),
                            null,
                            false,
                            -1,
                            small.usage(),
                            0,
                            null,
                            null,
                            null);

            assertThat(journal.ended(large)).isFalse();
            assertThat(refused("end", "too_large")).isEqualTo(1);
            assertThat(journal.ended(small)).isTrue();
        }
    }

    @Test
    void refusesQuietlyOnceItIsClosed() throws IOException {
        Journal journal = open(8);
        journal.close();
        journal.close();

        assertThat(journal.ended(Events.settled(journal, Events.newRequest(), 1))).isFalse();
        assertThat(refused("end", "closed")).isEqualTo(1);
    }

    private double refused(String record, String reason) {
        return metrics.counter(MeterNames.REFUSED, "record", record, "reason", reason).count();
    }

    private List<Path> segmentFiles() throws IOException {
        try (var files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".journal")).toList();
        }
    }
}

package dev.sluice.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.schemas.config.GatewayConfig.JournalSettings;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A disk that is full long before the journal's own bound. */
class DiskFullTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    /** Writing to it fails as on a full disk: "No space left on device". */
    private static final Path FULL_DISK = Path.of("/dev/full");

    private static final JournalSettings SETTINGS =
            new JournalSettings(
                    64L << 20, 64 << 10, Duration.ofMillis(5), JournalSettings.WhenFull.REFUSE);

    @TempDir private Path directory;

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final RecordingSender topic = new RecordingSender();

    @Test
    void refusesWhileTheDiskIsFullAndGoesOnWhenItIsNot() throws IOException {
        assumeThat(FULL_DISK).exists();
        try (Journal journal = Journal.open(directory, SETTINGS, metrics);
                var shipper = new Shipper(journal, topic, metrics)) {
            await().atMost(SOON).until(() -> segments() == 3);
            // The fourth segment and those after it find no room.
            for (int number = 4; number < 8; number++) {
                Files.createSymbolicLink(unfinished(number), FULL_DISK);
            }

            int started = 0;
            while (journal.started(Events.presumed(journal, Events.newRequest(), 1))) {
                started++;
                assertThat(started).isLessThan(1_000);
            }
            // Three segments, one of them kept for the ends.
            assertThat(started).isBetween(30, 300);
            assertThat(refusedStarts()).isPositive();
            assertThat(journal.ended(Events.settled(journal, Events.newRequest(), 1)))
                    .as("room is kept for the ends of what was accepted")
                    .isTrue();

            shipper.start();
            await().atMost(SOON)
                    .until(() -> journal.started(Events.presumed(journal, Events.newRequest(), 1)));
            assertThat(shipper.drain(SOON)).isTrue();
            assertThat(topic.received()).hasSize(1);
        }
    }

    private Path unfinished(int number) {
        return directory.resolve("%019d.journal.unfinished".formatted(number));
    }

    private long segments() throws IOException {
        try (var files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".journal")).count();
        }
    }

    private double refusedStarts() {
        return List.of("full", "slow_disk").stream()
                .mapToDouble(reason ->
                        metrics.counter(MeterNames.REFUSED, "record", "start", "reason", reason)
                                .count())
                .sum();
    }
}

package dev.sluice.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.schemas.config.GatewayConfig.JournalSettings;
import dev.sluice.schemas.events.SpendEvent;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A process that is killed in the middle of writing has told nobody of an event it then loses. */
class KillTest {

    private static final JournalSettings SETTINGS =
            new JournalSettings(
                    64L << 20, 1 << 20, Duration.ofMillis(10), JournalSettings.WhenFull.SERVE);

    @TempDir private Path directory;

    @Test
    void losesNothingThatWasWrittenDownBeforeTheKill() throws Exception {
        Path output = directory.resolve("told");
        Process victim = startVictim(output);
        try {
            await().atMost(Duration.ofSeconds(30)).until(() -> told(output).size() > 1_000);
        } finally {
            victim.destroyForcibly().waitFor();
        }
        Set<UUID> told = told(output);

        RecordingSender topic = new RecordingSender();
        var metrics = new SimpleMeterRegistry();
        try (Journal journal = Journal.open(directory, SETTINGS, metrics);
                var shipper = new Shipper(journal, topic, metrics)) {
            shipper.start();
            assertThat(shipper.drain(Duration.ofSeconds(20))).isTrue();
        }

        List<SpendEvent> settled =
                topic.received().stream()
                        .filter(event -> event.kind() == SpendEvent.Kind.SETTLED)
                        .toList();
        assertThat(settled.stream().map(SpendEvent::requestId)).containsAll(told);
        assertThat(topic.received().stream().map(SpendEvent::eventId)).doesNotHaveDuplicates();
        assertThat(topic.received()).allMatch(SpendEvent::isFinal);
        assertThat(metrics.counter(MeterNames.CORRUPT).count()).isZero();
        // Four threads: at most so many attempts were under way.
        assertThat(topic.received().size() - settled.size()).isBetween(0, 4);
    }

    /** The last line may have been cut by the kill. */
    private static Set<UUID> told(Path output) throws IOException {
        try (Stream<String> lines = Files.lines(output)) {
            return lines.filter(line -> line.length() == 36)
                    .map(UUID::fromString)
                    .collect(Collectors.toSet());
        }
    }

    private Process startVictim(Path output) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Victim.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .redirectOutput(output.toFile())
                .start();
    }

    /** Tells of each attempt once it is written down, as a gateway answers its caller. */
    static final class Victim {

        private Victim() {}

        public static void main(String[] arguments) throws IOException {
            Journal journal =
                    Journal.open(Path.of(arguments[0]), SETTINGS, new SimpleMeterRegistry());
            PrintStream output = System.out;
            for (int thread = 0; thread < 4; thread++) {
                Thread.ofPlatform().start(() -> call(journal, output));
            }
        }

        private static void call(Journal journal, PrintStream output) {
            while (true) {
                UUID request = Events.newRequest();
                if (journal.started(Events.presumed(journal, request, 1))
                        && journal.ended(Events.settled(journal, request, 1))) {
                    output.println(request);
                }
            }
        }
    }
}

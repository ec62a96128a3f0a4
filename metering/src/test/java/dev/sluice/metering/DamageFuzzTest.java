package dev.sluice.metering;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.schemas.config.GatewayConfig.JournalSettings;
import dev.sluice.schemas.events.SpendEvent;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Whatever happens to the bytes of a journal, a later run reads every record that is whole, invents
 * none, and counts what it cannot read.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DamageFuzzTest {

    private static final int RUNS = 120;
    private static final int REQUESTS = 200;
    private static final JournalSettings SETTINGS =
            new JournalSettings(
                    4L << 20, 64 << 10, Duration.ofMillis(5), JournalSettings.WhenFull.SERVE);

    private Path scratch = Path.of("");
    private final List<Written> records = new ArrayList<>();
    private final Set<UUID> requests = new HashSet<>();
    private Path original = Path.of("");

    /** A record and the bytes that it takes. */
    private record Written(Path file, int from, int to, UUID request, boolean isEnd) {}

    /** Bytes that are not as they were. */
    private record Damage(Path file, long from, long to) {

        boolean touches(Written record) {
            return record.file().equals(file) && record.from() < to && from < record.to();
        }
    }

    static LongStream seeds() {
        return LongStream.range(0, RUNS);
    }

    @BeforeAll
    void write(@TempDir Path folder) throws IOException {
        scratch = folder;
        Path directory = scratch.resolve("written");
        original = scratch.resolve("original");
        try (Journal journal = Journal.open(directory, SETTINGS, new SimpleMeterRegistry())) {
            for (int i = 0; i < REQUESTS; i++) {
                UUID request = Events.newRequest();
                requests.add(request);
                append(journal, request, false);
                append(journal, request, true);
            }
            copy(directory, original);
        }
    }

    /** One thread writes, so that where a record stands is known. */
    private void append(Journal journal, UUID request, boolean isEnd) {
        Segment before = journal.chain().active();
        long free = before.free();
        SpendEvent event =
                isEnd ? Events.settled(journal, request, 1) : Events.presumed(journal, request, 1);
        assertThat(isEnd ? journal.ended(event) : journal.started(event)).isTrue();
        Segment segment = journal.chain().active();
        int from = segment == before ? (int) (segment.capacity() - free) : Segment.FIRST_RECORD;
        int to = (int) (segment.capacity() - segment.free());
        Path file = Path.of("%019d.journal".formatted(segment.number()));
        records.add(new Written(file, from, to, request, isEnd));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void readsEveryRecordThatIsWhole(long seed) throws IOException {
        Path directory = scratch.resolve("damaged-" + seed);
        copy(original, directory);
        var random = new Random(seed);
        List<Damage> damages = new ArrayList<>();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            damages.add(damage(directory, random));
        }

        var metrics = new SimpleMeterRegistry();
        var topic = new RecordingSender();
        JournalDrain.Result result =
                JournalDrain.run(directory, topic, metrics, Duration.ofSeconds(20));

        assertThat(result.empty()).as("recovery came to its end").isTrue();
        Set<UUID> settled =
                topic.received().stream()
                        .filter(event -> event.kind() == SpendEvent.Kind.SETTLED)
                        .map(SpendEvent::requestId)
                        .collect(Collectors.toSet());
        Set<UUID> received =
                topic.received().stream().map(SpendEvent::requestId).collect(Collectors.toSet());
        for (Written record : records) {
            if (damages.stream().noneMatch(damage -> damage.touches(record))) {
                assertThat(record.isEnd() ? settled : received)
                        .as("%s of %s", record.isEnd() ? "the end" : "the start", record)
                        .contains(record.request());
            }
        }
        assertThat(requests).containsAll(received);
        assertThat(topic.received().stream().map(SpendEvent::eventId)).doesNotHaveDuplicates();
        boolean lostInTheMiddle =
                records.stream()
                        .filter(record -> !received.contains(record.request()))
                        .anyMatch(record -> isBeforeAWholeOne(record, damages));
        if (lostInTheMiddle) {
            assertThat(result.skipped()).as("skipped, and counted").isPositive();
        }
    }

    private boolean isBeforeAWholeOne(Written lost, List<Damage> damages) {
        return records.stream()
                .anyMatch(record ->
                        record.file().equals(lost.file())
                                && record.from() >= lost.to()
                                && damages.stream().noneMatch(damage -> damage.touches(record)));
    }

    private static Damage damage(Path directory, Random random) throws IOException {
        List<Path> files = segments(directory);
        Path file = files.get(random.nextInt(files.size()));
        long size = Files.size(file);
        long from = (long) (random.nextDouble() * size);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            if (random.nextInt(5) == 0) {
                channel.truncate(from);
                return new Damage(file.getFileName(), from, Long.MAX_VALUE);
            }
            int length = (int) Math.min(size - from, 1 + random.nextInt(8_000));
            byte[] bytes = new byte[length];
            switch (random.nextInt(3)) {
                case 0 -> Arrays.fill(bytes, (byte) 0);
                case 1 -> Arrays.fill(bytes, (byte) 0xff);
                default -> random.nextBytes(bytes);
            }
            channel.write(ByteBuffer.wrap(bytes), from);
            return new Damage(file.getFileName(), from, from + length);
        }
    }

    private static List<Path> segments(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".journal")).sorted().toList();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (var files = Files.list(from)) {
            for (Path file :
                    files.filter(file -> !file.toString().endsWith("unfinished")).toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }
}

package dev.sluice.ingress.books;

import dev.sluice.metering.EventSender;
import dev.sluice.metering.JournalDrain;
import dev.sluice.schemas.SpendEventCodec;
import dev.sluice.schemas.events.SpendEvent;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;

/** What would be booked if a gateway died now: a copy of its journal, recovered. */
public final class JournalReading {

    private JournalReading() {}

    /** The events of one request in order of their attempts. */
    public static List<SpendEvent> of(Path journal, Path scratch, UUID request) throws IOException {
        return all(journal, scratch).stream()
                .filter(event -> event.requestId().equals(request))
                .sorted(Comparator.comparingInt(SpendEvent::attempt))
                .toList();
    }

    /** The events of all requests. */
    public static List<SpendEvent> all(Path journal, Path scratch) throws IOException {
        Path copy = Files.createTempDirectory(scratch, "copy");
        try (var files = Files.list(journal)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                copy(file, copy);
            }
        }
        List<SpendEvent> events = new ArrayList<>();
        JournalDrain.Result result =
                JournalDrain.run(
                        copy,
                        () -> new Collector(events),
                        new SimpleMeterRegistry(),
                        Duration.ofSeconds(20));
        if (!result.empty()) {
            throw new IllegalStateException("the copy was not read to its end: " + result);
        }
        return events;
    }

    private static void copy(Path file, Path to) throws IOException {
        if (file.toString().endsWith(".unfinished")) {
            return;
        }
        try {
            Files.copy(file, to.resolve(file.getFileName()));
        } catch (NoSuchFileException e) {
            // Trimmed meanwhile.
        }
    }

    private record Collector(List<SpendEvent> events) implements EventSender {

        @Override
        public void send(byte[] key, byte[] value, Acknowledgement acknowledgement) {
            try {
                events.add(new SpendEventCodec().decode(value));
            } catch (Exception e) {
                throw new IllegalStateException("not an event", e);
            }
            acknowledgement.completed(null);
        }

        @Override
        public void close() {}
    }
}

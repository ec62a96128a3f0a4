package dev.sluice.metering;

import dev.sluice.schemas.config.GatewayConfig.JournalSettings;

import io.micrometer.core.instrument.MeterRegistry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Ships the journal of a process that will not come back: the events that it left, and the ends of
 * the requests that died with it.
 */
public final class JournalDrain {

    /** Leftovers are read whatever their size; what is written beside them is next to nothing. */
    private static final JournalSettings SETTINGS =
            new JournalSettings(
                    1L << 50, 64 << 10, Duration.ofMillis(10), JournalSettings.WhenFull.SERVE);

    private static final long POLL_NANOS = Duration.ofMillis(5).toNanos();

    private JournalDrain() {}

    /**
     * What a drain came to.
     *
     * @param shipped events that Kafka has acknowledged
     * @param skipped places in the files that hold no whole record
     * @param empty whether nothing is left to ship
     */
    public record Result(long shipped, long skipped, boolean empty) {}

    /**
     * The folder of the journal in {@code directory}: itself, or the one of an ingress' data
     * folder.
     *
     * @throws NoSuchFileException if there is none
     */
    public static Path find(Path directory) throws NoSuchFileException {
        for (Path folder : new Path[] {directory, directory.resolve("journal")}) {
            if (Files.isRegularFile(folder.resolve("id"))) {
                return folder;
            }
        }
        throw new NoSuchFileException(directory.toString(), null, "no journal is there");
    }

    /**
     * Ships what is there. A second drain of the same folder has nothing to ship.
     *
     * @param folder as {@link #find} found it
     * @param senders makes a sender, again after a failure
     * @param atMost how long to go on
     * @throws JournalLockedException if a running process has the folder
     * @throws IOException if the disk refuses
     */
    public static Result run(
            Path folder, Supplier<EventSender> senders, MeterRegistry metrics, Duration atMost)
            throws IOException {
        try (Journal journal = Journal.open(folder, SETTINGS, metrics);
                var shipper = new Shipper(journal, senders, metrics)) {
            shipper.start();
            long begin = System.nanoTime();
            while (!shipper.isRecovered()
                    && System.nanoTime() - begin < atMost.toNanos()
                    && !Thread.currentThread().isInterrupted()) {
                LockSupport.parkNanos(POLL_NANOS);
            }
            return new Result(shipper.shipped(), shipper.skipped(), shipper.isRecovered());
        }
    }
}

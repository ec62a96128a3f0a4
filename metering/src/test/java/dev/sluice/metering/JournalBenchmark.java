package dev.sluice.metering;

import dev.sluice.schemas.SpendEventCodec;
import dev.sluice.schemas.config.GatewayConfig.JournalSettings;
import dev.sluice.schemas.events.SpendEvent;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * What one attempt's two records cost, from the event to the mapped file; the 10 ms fsync runs
 * beside it.
 *
 * <pre>mvn -f metering test-compile exec:exec@benchmark</pre>
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 8)
@Measurement(iterations = 15)
@Fork(
        value = 1,
        jvmArgsAppend = {"-XX:+UseCompactObjectHeaders", "--enable-native-access=ALL-UNNAMED"})
public class JournalBenchmark {

    private static final int ATTEMPTS = 20_000;

    /** A journal whose first segment takes all that one iteration writes. */
    @State(Scope.Benchmark)
    @SuppressWarnings("NullAway.Init")
    public static class Fresh {

        private Path directory = Path.of("");
        private Journal journal;
        private SpendEvent presumed;
        private SpendEvent settled;

        @Setup(Level.Iteration)
        public void open() throws IOException {
            directory = Files.createTempDirectory("journal-benchmark");
            journal =
                    Journal.open(
                            directory,
                            new JournalSettings(
                                    768L << 20,
                                    192 << 20,
                                    Duration.ofMillis(10),
                                    JournalSettings.WhenFull.SERVE),
                            new SimpleMeterRegistry());
            UUID request = Events.newRequest();
            presumed = Events.presumed(journal, request, 1);
            settled = Events.settled(journal, request, 1);
        }

        @TearDown(Level.Iteration)
        public void remove() throws IOException {
            journal.close();
            try (var files = Files.list(directory)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(directory);
        }
    }

    /** Start and end of one attempt, JSON included. */
    @Benchmark
    @OperationsPerInvocation(ATTEMPTS)
    @Threads(1)
    public boolean attemptOneThread(Fresh fresh) {
        return attempts(fresh);
    }

    /** The same from four threads at once. */
    @Benchmark
    @OperationsPerInvocation(ATTEMPTS)
    @Threads(4)
    public boolean attemptFourThreads(Fresh fresh) {
        return attempts(fresh);
    }

    private static boolean attempts(Fresh fresh) {
        boolean written = true;
        for (int i = 0; i < ATTEMPTS; i++) {
            written &= fresh.journal.started(fresh.presumed) && fresh.journal.ended(fresh.settled);
        }
        if (!written) {
            throw new IllegalStateException("the journal is full");
        }
        return true;
    }

    /** The JSON alone. */
    @Benchmark
    @OperationsPerInvocation(ATTEMPTS)
    @Threads(1)
    public int encodeOneThread(Fresh fresh) {
        var codec = new SpendEventCodec();
        int bytes = 0;
        for (int i = 0; i < ATTEMPTS; i++) {
            bytes += codec.encode(fresh.settled).length;
        }
        return bytes;
    }
}

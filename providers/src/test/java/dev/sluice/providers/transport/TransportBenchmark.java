package dev.sluice.providers.transport;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * What an exchange costs against a stub that runs elsewhere: a POST of 300 bytes, its answer read
 * whole.
 *
 * <p>Beside JMH's wall time per exchange each iteration logs the process' CPU time per exchange,
 * which is the figure that survives a busy machine. Start a stub (nginx with a fixed answer will
 * do) and run with {@code -Dstub=http://127.0.0.1:4901/v1/chat/completions}: {@code java -cp ...
 * org.openjdk.jmh.Main TransportBenchmark -jvmArgsAppend -Dstub=...}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class TransportBenchmark {

    private static final Logger LOGGER = LoggerFactory.getLogger(TransportBenchmark.class);
    private static final int EXCHANGES = 8_192;
    private static final Duration LONG = Duration.ofSeconds(60);

    @Param({"1", "64"})
    private int callers;

    private final SocketTransport transport = new SocketTransport(TransportSettings.defaults());
    private final UpstreamRequest request = request();
    private long cpuNanos;
    private long exchanges;

    private static UpstreamRequest request() {
        String stub = System.getProperty("stub", "http://127.0.0.1:4901/v1/chat/completions");
        var target =
                UpstreamTarget.of(
                        URI.create(stub),
                        List.of(
                                Map.entry(
                                        "Authorization",
                                        "Bearer sk-0123456789abcdef0123456789abcdef"),
                                Map.entry("Content-Type", "application/json")));
        return new UpstreamRequest(
                "POST",
                target,
                List.of(),
                List.of(Slice.of("x".repeat(300).getBytes(UTF_8))),
                new Deadlines(LONG, LONG, LONG, LONG));
    }

    /** Starts to count. */
    @Setup(Level.Iteration)
    public void startIteration() {
        cpuNanos = processCpuNanos();
        exchanges = 0;
    }

    /** Logs the CPU time of one exchange. */
    @TearDown(Level.Iteration)
    public void endIteration() {
        double micros = (processCpuNanos() - cpuNanos) / 1_000.0 / exchanges;
        LOGGER.atInfo().addKeyValue("cpuMicrosAnExchange", micros).log("iteration");
    }

    /** Closes all connections. */
    @TearDown
    public void stop() {
        transport.close();
    }

    private static long processCpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean)
                        ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    /** A fixed number of exchanges, spread over the callers. */
    @Benchmark
    @OperationsPerInvocation(EXCHANGES)
    public void exchange() {
        CompletableFuture<?>[] done = new CompletableFuture<?>[callers];
        for (int caller = 0; caller < callers; caller++) {
            CompletableFuture<Integer> finished = new CompletableFuture<>();
            done[caller] = finished;
            Thread.ofVirtual().start(() -> call(finished));
        }
        CompletableFuture.allOf(done).join();
        exchanges += EXCHANGES;
    }

    private void call(CompletableFuture<Integer> finished) {
        int bytes = 0;
        try {
            for (int i = 0; i < EXCHANGES / callers; i++) {
                bytes += Client.answered(transport.send(request)).readAll(1_000_000).length;
            }
            finished.complete(bytes);
        } catch (IOException | RuntimeException | AssertionError e) {
            finished.completeExceptionally(e);
        }
    }
}

package dev.sluice.ingress.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.providers.transport.Deadlines;
import dev.sluice.providers.transport.Exchange;
import dev.sluice.providers.transport.Slice;
import dev.sluice.providers.transport.SocketTransport;
import dev.sluice.providers.transport.TransportSettings;
import dev.sluice.providers.transport.UpstreamRequest;
import dev.sluice.providers.transport.UpstreamTarget;
import dev.sluice.providers.transport.UpstreamTransport;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Calls at a fixed rate, whatever the answers take, and measures each from the moment it was due: a
 * system that stalls cannot hide it (Gil Tene's coordinated omission).
 *
 * <p>Arguments: URL, key, model, calls a second, seconds. Only loopback addresses are called.
 */
public final class OpenLoopLoad {

    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final int WARM_UP_SECONDS = 10;

    private final UpstreamTransport transport = new SocketTransport(TransportSettings.defaults());
    private final UpstreamTarget target;
    private final String model;
    private final int rate;
    private final AtomicInteger failures = new AtomicInteger();

    private OpenLoopLoad(URI url, String key, String model, int rate) {
        this.target =
                UpstreamTarget.of(
                        url,
                        List.of(
                                Map.entry("Authorization", "Bearer " + key),
                                Map.entry("Content-Type", "application/json")));
        this.model = model;
        this.rate = rate;
    }

    /** Runs a load and prints its percentiles in milliseconds. */
    public static void main(String[] arguments) {
        URI url = URI.create(arguments[0]);
        if (!List.of("127.0.0.1", "localhost").contains(url.getHost())) {
            throw new IllegalArgumentException("only this machine is a target");
        }
        int rate = Integer.parseInt(arguments[3]);
        var load = new OpenLoopLoad(url, arguments[1], arguments[2], rate);
        load.run(WARM_UP_SECONDS);
        load.failures.set(0);
        long[] nanos = load.run(Integer.parseInt(arguments[4]));
        Arrays.sort(nanos);
        print(
                "calls=%d failures=%d p50=%.2f p95=%.2f p99=%.2f p99.9=%.2f max=%.2f ms%n"
                        .formatted(
                                nanos.length,
                                load.failures.get(),
                                millis(nanos, 0.50),
                                millis(nanos, 0.95),
                                millis(nanos, 0.99),
                                millis(nanos, 0.999),
                                millis(nanos, 1)));
        load.transport.close();
    }

    private static void print(String line) {
        new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), true, UTF_8)
                .print(line);
    }

    private static double millis(long[] sorted, double share) {
        int index = (int) Math.ceil(share * sorted.length) - 1;
        return sorted[Math.max(0, index)] / 1e6;
    }

    private long[] run(int seconds) {
        long[] took = new long[rate * seconds];
        long start = System.nanoTime() + Duration.ofMillis(100).toNanos();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < took.length; i++) {
                int number = i;
                long due = start + (long) (i * 1e9 / rate);
                while (System.nanoTime() - due < 0) {
                    LockSupport.parkNanos(due - System.nanoTime());
                }
                callers.execute(() -> {
                    call(number);
                    took[number] = System.nanoTime() - due;
                });
            }
        }
        return took;
    }

    private void call(int number) {
        byte[] body =
                """
                {"model":"%s","messages":[{"role":"user","content":"Hello, how are you? %d-%d"}],"max_tokens":50}\
                """
                        .formatted(model, System.nanoTime(), number)
                        .getBytes(UTF_8);
        var deadlines = new Deadlines(LONGEST, LONGEST, LONGEST, LONGEST);
        Exchange exchange =
                transport.send(
                        new UpstreamRequest(
                                "POST", target, List.of(), List.of(Slice.of(body)), deadlines));
        switch (exchange) {
            case Exchange.Failed _ -> failures.incrementAndGet();
            case Exchange.Answered(var response) -> {
                try (response) {
                    response.readAll(1 << 20);
                    if (response.status() != 200) {
                        failures.incrementAndGet();
                    }
                } catch (IOException e) {
                    failures.incrementAndGet();
                }
            }
        }
    }
}

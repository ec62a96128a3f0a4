package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.standalone.ReplayedTrace.Arrival;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Real arrivals through the whole house: our books and the provider's bill must be equal. */
class TraceReplayIT {

    private static final int CALLS = 500;
    private static final int FASTER = 20;

    @TempDir private Path folder;

    @Test
    void booksWhatTheProviderBills() throws Exception {
        Path trace = ReplayedTrace.path();
        assumeTrue(trace.toFile().exists(), "the trace is not on this machine");
        List<Arrival> arrivals = ReplayedTrace.read(trace, CALLS);

        try (HouseProcess house = HouseProcess.demo(folder)) {
            Gateway gateway = house.awaitDemo();
            gateway.hurryTheProvider();
            var answered = new AtomicInteger();
            replay(gateway, arrivals, answered);
            assertThat(answered).hasValue(CALLS);

            JsonNode truth = gateway.ledger().path("totals");
            assertThat(truth.path("calls").asInt()).isEqualTo(CALLS);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(200))
                    .untilAsserted(() -> {
                        JsonNode rows = gateway.spendLogs();
                        assertThat(rows).hasSize(CALLS);
                        assertThat(sum(rows, "spend_pico"))
                                .isEqualTo(truth.path("cost_pico").asLong());
                        assertThat(sum(rows, "prompt_tokens"))
                                .isEqualTo(truth.path("input_tokens").asLong());
                        assertThat(sum(rows, "completion_tokens"))
                                .isEqualTo(truth.path("output_tokens").asLong());
                    });
        }
    }

    private static void replay(Gateway gateway, List<Arrival> arrivals, AtomicInteger answered) {
        long start = System.nanoTime();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < arrivals.size(); i++) {
                int number = i;
                Arrival arrival = arrivals.get(i);
                long due = start + Duration.ofNanos(arrival.nanos() / FASTER).toNanos();
                callers.execute(() -> {
                    while (System.nanoTime() - due < 0) {
                        LockSupport.parkNanos(due - System.nanoTime());
                    }
                    gateway.complete(arrival.body(number, number % 2 == 1), number % 2 == 1)
                            .ifPresent(_ -> answered.incrementAndGet());
                });
            }
        }
    }

    private static long sum(JsonNode rows, String column) {
        long sum = 0;
        for (JsonNode row : rows) {
            sum = Math.addExact(sum, row.path(column).asLong());
        }
        return sum;
    }
}

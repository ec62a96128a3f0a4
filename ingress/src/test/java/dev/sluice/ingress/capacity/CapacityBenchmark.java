package dev.sluice.ingress.capacity;

import dev.sluice.ingress.limits.Admission;
import dev.sluice.ingress.limits.Reservation;
import dev.sluice.schemas.config.QueueSettings;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/**
 * What a call pays for all of this where nobody waits: room, an answer learned from, room given
 * back: {@code java -cp ... org.openjdk.jmh.Main CapacityBenchmark}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CapacityBenchmark {

    private final AdaptiveConcurrency concurrency = new AdaptiveConcurrency(System::nanoTime);
    private final Capacity capacity =
            new Capacity(
                    QueueSettings.DEFAULTS,
                    _ -> concurrency,
                    System::nanoTime,
                    new SimpleMeterRegistry());
    private final Admission admitted = new Admission.Admitted(Reservation.ofNothing());

    /** One caller. */
    @Benchmark
    @Threads(1)
    public boolean alone() {
        return call();
    }

    /** Two callers of the same deployment. */
    @Benchmark
    @Threads(2)
    public boolean together() {
        return call();
    }

    private boolean call() {
        if (!capacity.isAnybodyWaiting()
                && capacity.enter("one", false, () -> admitted) instanceof Entry.In(Room room)) {
            concurrency.answered(500_000, true, 12, concurrency.open());
            room.settle(100);
            return true;
        }
        return false;
    }
}

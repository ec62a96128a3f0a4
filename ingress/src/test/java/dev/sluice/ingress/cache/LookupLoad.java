package dev.sluice.ingress.cache;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Callers that look the same answer up again and again, two hundred times a second each. */
final class LookupLoad implements AutoCloseable {

    private static final int CALLERS = 20;
    private static final long PAUSE_NANOS = 5_000_000;

    private final RedisAnswers answers;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    LookupLoad(RedisAnswers answers) {
        this.answers = answers;
    }

    /** How long look-ups took, and how many found something. */
    record Waits(int count, long p50Micros, long p99Micros, long worstMicros, long found) {}

    Waits runFor(Duration time) {
        var waits = new ConcurrentLinkedQueue<Long>();
        var found = new AtomicLong();
        long end = System.nanoTime() + time.toNanos();
        List<? extends java.util.concurrent.Future<?>> callers =
                java.util.stream.IntStream.range(0, CALLERS)
                        .mapToObj(_ -> executor.submit(() -> call(end, waits, found)))
                        .toList();
        for (var caller : callers) {
            try {
                caller.get();
            } catch (InterruptedException | java.util.concurrent.ExecutionException e) {
                throw new IllegalStateException("a look-up failed", e);
            }
        }
        long[] sorted = waits.stream().mapToLong(Long::longValue).toArray();
        Arrays.sort(sorted);
        return new Waits(
                sorted.length,
                sorted[sorted.length / 2] / 1000,
                sorted[(int) (sorted.length * 0.99)] / 1000,
                sorted[sorted.length - 1] / 1000,
                found.get());
    }

    private void call(long end, ConcurrentLinkedQueue<Long> waits, AtomicLong found) {
        while (System.nanoTime() - end < 0) {
            long began = System.nanoTime();
            if (answers.find(List.of(Answers.key(1))).getFirst() != null) {
                found.incrementAndGet();
            }
            waits.add(System.nanoTime() - began);
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    @Override
    public void close() {
        executor.close();
    }
}

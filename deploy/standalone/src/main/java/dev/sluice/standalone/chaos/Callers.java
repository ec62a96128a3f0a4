package dev.sluice.standalone.chaos;

import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Several callers at a time, from their start until they are told to stop. */
final class Callers implements AutoCloseable {

    private static final Duration LAST_ANSWERS = Duration.ofSeconds(60);

    private final HttpClient client =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(5))
                    .build();
    private final CallTally tally = new CallTally();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopping;

    /** Starts to call. */
    Callers(int count, long seed, List<URI> ingresses, List<String> keys) {
        for (int number = 0; number < count; number++) {
            var caller = new Caller(number, seed, client, ingresses, keys, tally);
            threads.add(
                    Thread.ofVirtual()
                            .name("caller-" + number)
                            .start(() -> {
                                try {
                                    while (!stopping) {
                                        caller.ask();
                                    }
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                }
                            }));
        }
    }

    CallTally tally() {
        return tally;
    }

    /** Lets every caller have its last answer, within a bound. */
    void finish() throws InterruptedException {
        stopping = true;
        long deadline = System.nanoTime() + LAST_ANSWERS.toNanos();
        for (Thread thread : threads) {
            long left = Math.max(1, deadline - System.nanoTime());
            if (!thread.join(Duration.ofNanos(left))) {
                thread.interrupt();
            }
        }
        client.shutdownNow();
        client.awaitTermination(Duration.ofNanos(TimeUnit.SECONDS.toNanos(5)));
    }

    @Override
    public void close() {
        stopping = true;
        threads.forEach(Thread::interrupt);
        client.shutdownNow();
    }
}

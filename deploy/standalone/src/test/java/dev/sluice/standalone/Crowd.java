package dev.sluice.standalone;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;

import org.slf4j.LoggerFactory;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Many callers with one key, spread over the ingresses of a fleet, who go on calling until nobody
 * has been let in for a while. Whoever meets an ingress that is gone turns to the next.
 */
final class Crowd implements AutoCloseable {

    /** Longer than a Redis that has come back empty is met with caution. */
    private static final Duration QUIET = Duration.ofMillis(2200);

    private static final Duration PAUSE = Duration.ofMillis(40);
    private static final Duration MOST = Duration.ofSeconds(40);
    private static final String BY_SHARE = "sluice_limit_decisions_total{by=\"share\"}";
    private static final int LESSONS = 10;
    private static final double DOLLAR = 1e12;
    private static final int TOKENS_FROM = 30;
    private static final int TOKENS_TO = 91;

    final AtomicInteger accepted = new AtomicInteger();
    final AtomicInteger refused = new AtomicInteger();

    /** Calls without an answer, for their ingress was gone. */
    final AtomicInteger broken = new AtomicInteger();

    final AtomicLong tokens = new AtomicLong();

    /** What is neither an answer nor a refusal by a limit. */
    final Queue<String> odd = new ConcurrentLinkedQueue<>();

    private final Fleet fleet;
    private final int ingresses;
    private final String key;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Future<?>> callers = new ArrayList<>();
    private final AtomicInteger number = new AtomicInteger();
    private final long startedNanos = System.nanoTime();
    private final AtomicLong lastNanos = new AtomicLong(startedNanos);

    private final double byShareBefore;

    /** Nobody calls yet, all ingresses know the key, and the provider begins its bill anew. */
    Crowd(Fleet fleet, int ingresses, String key) {
        this.fleet = fleet;
        this.ingresses = ingresses;
        this.key = key;
        for (int i = 0; i < ingresses; i++) {
            int ingress = i;
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> fleet.fetch(ingress, key, "/v1/models").statusCode() == 200);
        }
        this.byShareBefore = decidedByShare();
        fleet.clearLedger();
    }

    /** Lets every ingress see how long answers are. */
    static void learn(Fleet fleet, int ingresses) throws Exception {
        String key = fleet.newKey("{\"rpm_limit\": 100000}");
        for (int i = 0; i < LESSONS; i++) {
            try (var crowd = new Crowd(fleet, ingresses, key)) {
                crowd.burst(20 * ingresses);
            }
        }
    }

    /** A call whose answer has between 30 and 90 tokens. */
    static String call(String content) {
        int tokens = ThreadLocalRandom.current().nextInt(TOKENS_FROM, TOKENS_TO);
        return """
        {"model": "gpt-4o", "messages": [{"role": "user", "content": "%s"}],
         "metadata": {"sim_output_tokens": "%d"}}\
        """
                .formatted(content, tokens);
    }

    /** Lets callers begin. */
    Crowd begin(int many) {
        for (int i = 0; i < many; i++) {
            int first = i % ingresses;
            callers.add(threads.submit(() -> callOn(first)));
        }
        return this;
    }

    /** Lets each of them make one call, and waits for all. */
    Crowd burst(int many) throws Exception {
        for (int i = 0; i < many; i++) {
            int ingress = i % ingresses;
            callers.add(threads.submit(() -> callOnce(ingress)));
        }
        return join();
    }

    /** Waits until all have ended. */
    Crowd join() throws Exception {
        for (Future<?> caller : callers) {
            caller.get();
        }
        return this;
    }

    private void callOn(int first) {
        int ingress = first;
        while (isHopeful()) {
            switch (callOnce(ingress)) {
                case Outcome.SERVED -> lastNanos.set(System.nanoTime());
                case Outcome.REFUSED -> LockSupport.parkNanos(PAUSE.toNanos());
                case Outcome.BROKEN -> {
                    ingress = (ingress + 1) % ingresses;
                    LockSupport.parkNanos(PAUSE.toNanos());
                }
            }
        }
    }

    private boolean isHopeful() {
        long now = System.nanoTime();
        return now - lastNanos.get() < QUIET.toNanos() && now - startedNanos < MOST.toNanos();
    }

    private enum Outcome {
        SERVED,
        REFUSED,
        BROKEN
    }

    private Outcome callOnce(int ingress) {
        HttpResponse<String> answer;
        try {
            String body = call("call " + number.incrementAndGet());
            answer = fleet.post(ingress, key, "/v1/chat/completions", body);
        } catch (RuntimeException e) {
            broken.incrementAndGet();
            return Outcome.BROKEN;
        }
        int status = answer.statusCode();
        if (status == 200) {
            JsonNode usage = Fleet.json(answer).path("usage");
            tokens.addAndGet(usage.path("total_tokens").asLong());
            accepted.incrementAndGet();
            return Outcome.SERVED;
        }
        boolean byLimit = answer.headers().firstValue("rate_limit_type").isPresent();
        if (byLimit && (status == 429 || status == 400)) {
            refused.incrementAndGet();
        } else {
            odd.add(status + " " + answer.body());
        }
        return Outcome.REFUSED;
    }

    /** What the provider would bill for all of them, in dollars. */
    double billed() {
        return fleet.ledger().path("totals").path("cost_pico").asLong() / DOLLAR;
    }

    /** Decisions that ingresses took without Redis, for it was away or took too long. */
    long byShare() {
        return Math.max(0, Math.round(decidedByShare() - byShareBefore));
    }

    private double decidedByShare() {
        double sum = 0;
        for (int i = 0; i < ingresses; i++) {
            if (fleet.isRunning(i)) {
                String metrics = fleet.fetch(i, Fleet.MASTER_KEY, "/metrics").body();
                sum +=
                        metrics.lines()
                                .filter(line -> line.startsWith(BY_SHARE))
                                .mapToDouble(line ->
                                        Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                                .sum();
            }
        }
        return sum;
    }

    /** Tells what came of it, for the table in docs/limits.md. */
    void report(String what) {
        LoggerFactory.getLogger(Crowd.class)
                .atInfo()
                .addKeyValue("accepted", accepted)
                .addKeyValue("refused", refused)
                .addKeyValue("broken", broken)
                .addKeyValue("odd", odd.size())
                .addKeyValue("tokens", tokens)
                .addKeyValue("billed", billed())
                .addKeyValue("byShare", byShare())
                .log(what);
    }

    @Override
    public void close() {
        threads.shutdownNow();
        threads.close();
    }
}

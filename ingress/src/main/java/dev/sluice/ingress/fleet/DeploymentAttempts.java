package dev.sluice.ingress.fleet;

import dev.sluice.schemas.events.AttemptDelta;
import dev.sluice.schemas.events.LatencySketch;
import dev.sluice.schemas.events.MinuteTotal;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.Stream;

/**
 * What this ingress saw of one deployment since it last told. Request threads add without a lock;
 * one thread, the publisher's, drains.
 */
final class DeploymentAttempts {

    private static final int PROMPT_BUCKETS = 32;

    /** Classes come from code and provider statuses; a provider that invents more is summed up. */
    private static final int ERROR_CLASSES_MAX = 32;

    private static final String OTHER_ERRORS = "other";
    private static final long NO_RETRY_AFTER = -1;

    /** An open call is told again in this time, since readers forget who is silent for 5 s. */
    private static final long REPEAT_MILLIS = 2_000;

    /** Six seconds' worth: the fleet's answer comes sooner or not at all. */
    private static final int TOLD_MAX = 32;

    private final String deploymentId;
    private final Rests rests;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final Tally started = new Tally();
    private final Tally succeeded = new Tally();
    private final Tally blameless = new Tally();
    private final Tally firstTokens = new Tally();
    private final Map<String, Tally> failed = new ConcurrentHashMap<>();
    private final Tally rateLimited = new Tally();
    private final AtomicLong retryAfterSeconds = new AtomicLong(NO_RETRY_AFTER);
    private final AtomicReferenceArray<@Nullable ConcurrentSketch> ttft =
            new AtomicReferenceArray<>(PROMPT_BUCKETS);
    private final ConcurrentSketch interToken = new ConcurrentSketch();
    private final ConcurrentSketch total = new ConcurrentSketch();
    private final Tally inputTokens = new Tally();
    private final Tally outputTokens = new Tally();
    private final MinuteUse minute;
    private final LocalSight sight;
    private int toldInFlight;
    private Instant toldAt = Instant.EPOCH;

    /** What was told lately, newest first. */
    private volatile List<Told> told = List.of();

    DeploymentAttempts(String deploymentId, MinuteUse minute, Rests rests, LocalSight sight) {
        this.deploymentId = deploymentId;
        this.minute = minute;
        this.rests = rests;
        this.sight = sight;
    }

    MinuteUse minute() {
        return minute;
    }

    /**
     * What the newest delta of that time or before said; of a time before all that are kept, what
     * the oldest of them said: what was told then is not nothing, and a clock may be ahead.
     */
    Told told(long atMillis) {
        List<Told> kept = told;
        for (Told word : kept) {
            if (word.atMillis <= atMillis) {
                return word;
            }
        }
        return kept.isEmpty() ? Told.NOTHING : kept.getLast();
    }

    int inFlight() {
        return inFlight.get();
    }

    void started() {
        inFlight.incrementAndGet();
        started.add(1);
        minute.request();
    }

    /** The first token of a stream; known to the fleet before the stream ends. */
    void firstToken(int promptBucket, long ttftMicros) {
        ttft(promptBucket).add(ttftMicros);
        firstTokens.add(1);
    }

    /**
     * An attempt was answered.
     *
     * @param totalMicros of a plain call, -1 for a stream
     * @param interTokenMicros of a stream, -1 where it cannot be told
     */
    void succeeded(long totalMicros, long interTokenMicros, long inputTokens, long outputTokens) {
        inFlight.decrementAndGet();
        succeeded.add(1);
        this.inputTokens.add(inputTokens);
        this.outputTokens.add(outputTokens);
        minute.tokens(inputTokens + outputTokens);
        if (totalMicros >= 0) {
            total.add(totalMicros);
        }
        if (interTokenMicros >= 0) {
            interToken.add(interTokenMicros);
        }
    }

    void failed(String errorClass) {
        inFlight.decrementAndGet();
        tally(errorClass).add(1);
    }

    void rateLimited(long seconds) {
        rateLimited.add(1);
        if (seconds >= 0) {
            retryAfterSeconds.set(seconds);
        }
    }

    /** An attempt ended that says nothing of the deployment. */
    void endedBlameless() {
        inFlight.decrementAndGet();
        blameless.add(1);
    }

    /** What is new since the last call, null if nothing is and no call is open. */
    @Nullable AttemptDelta drain(
            String ingressId, long seq, Instant windowStart, Instant windowEnd) {
        int open = inFlight.get();
        long begun = started.drain();
        long served = succeeded.drain();
        boolean heard = served + blameless.drain() + firstTokens.drain() > 0;
        Map<String, Long> failures = drainFailures();
        boolean due = open > 0 && !windowEnd.isBefore(toldAt.plusMillis(REPEAT_MILLIS));
        if (begun == 0 && !heard && failures.isEmpty() && open == toldInFlight && !due) {
            return null;
        }
        toldInFlight = open;
        toldAt = windowEnd;
        MinuteTotal counted = minute.total();
        told =
                Stream.concat(
                                Stream.of(new Told(windowEnd.toEpochMilli(), open, counted)),
                                told.stream().limit(TOLD_MAX - 1))
                        .toList();
        Duration rest = rests.ownLeft(deploymentId);
        long retryAfter = retryAfterSeconds.getAndSet(NO_RETRY_AFTER);
        return new AttemptDelta(
                ingressId,
                seq,
                deploymentId,
                windowStart,
                windowEnd,
                open,
                begun,
                served,
                failures,
                rateLimited.drain(),
                retryAfter == NO_RETRY_AFTER ? null : retryAfter,
                drainTtft(),
                interToken.drain(),
                total.drain(),
                inputTokens.drain(),
                outputTokens.drain(),
                sight.allowance().news(),
                rest.isZero() ? null : windowEnd.plus(rest),
                counted,
                sight.slowness());
    }

    private Map<String, Long> drainFailures() {
        Map<String, Long> drained = new HashMap<>();
        failed.forEach((errorClass, tally) -> {
            long news = tally.drain();
            if (news > 0) {
                drained.put(errorClass, news);
            }
        });
        return drained;
    }

    private Map<Integer, LatencySketch> drainTtft() {
        Map<Integer, LatencySketch> drained = new HashMap<>();
        for (int bucket = 0; bucket < PROMPT_BUCKETS; bucket++) {
            ConcurrentSketch sketch = ttft.get(bucket);
            LatencySketch news = sketch == null ? LatencySketch.EMPTY : sketch.drain();
            if (!news.counts().isEmpty()) {
                drained.put(bucket, news);
            }
        }
        return drained;
    }

    private Tally tally(String errorClass) {
        Tally known = failed.get(errorClass);
        if (known != null) {
            return known;
        }
        String name = failed.size() < ERROR_CLASSES_MAX ? errorClass : OTHER_ERRORS;
        return failed.computeIfAbsent(name, _ -> new Tally());
    }

    private ConcurrentSketch ttft(int promptBucket) {
        ConcurrentSketch known = ttft.get(promptBucket);
        if (known != null) {
            return known;
        }
        var fresh = new ConcurrentSketch();
        ConcurrentSketch first = ttft.compareAndExchange(promptBucket, null, fresh);
        return first == null ? fresh : first;
    }

    /**
     * What was said at a time.
     *
     * @param minute null where nothing had been counted
     */
    record Told(long atMillis, int inFlight, @Nullable MinuteTotal minute) {

        private static final Told NOTHING = new Told(0, 0, null);
    }
}

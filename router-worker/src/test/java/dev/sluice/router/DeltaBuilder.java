package dev.sluice.router;

import dev.sluice.schemas.events.AttemptDelta;
import dev.sluice.schemas.events.LatencySketch;
import dev.sluice.schemas.events.MinuteTotal;
import dev.sluice.schemas.events.RateLimit;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** A delta as an ingress would publish it, with only what a test is about. */
final class DeltaBuilder {

    private final Instant windowEnd;
    private final Map<Integer, LatencySketch> ttft = new HashMap<>();
    private String ingress = "i1";
    private String deployment = "d1";
    private long seq = 1;
    private long inFlight;
    private long succeeded;
    private long failed;
    private long rateLimited;
    private @Nullable Long retryAfterSeconds;
    private @Nullable Instant restsUntil;
    private @Nullable MinuteTotal minute;
    private @Nullable Double slowness;
    private Map<String, Long> limits = Map.of();
    private LatencySketch total = LatencySketch.EMPTY;

    private DeltaBuilder(Instant windowEnd) {
        this.windowEnd = windowEnd;
    }

    static DeltaBuilder delta(Instant windowEnd) {
        return new DeltaBuilder(windowEnd);
    }

    DeltaBuilder from(String ingress, long seq) {
        this.ingress = ingress;
        this.seq = seq;
        return this;
    }

    DeltaBuilder of(String deployment) {
        this.deployment = deployment;
        return this;
    }

    DeltaBuilder open(long inFlight) {
        this.inFlight = inFlight;
        return this;
    }

    DeltaBuilder ended(long succeeded, long failed) {
        this.succeeded = succeeded;
        this.failed = failed;
        return this;
    }

    DeltaBuilder limited(@Nullable Long retryAfterSeconds) {
        this.rateLimited = 1;
        this.retryAfterSeconds = retryAfterSeconds;
        return this;
    }

    DeltaBuilder restsUntil(Instant time) {
        this.restsUntil = time;
        return this;
    }

    DeltaBuilder counted(Instant minute, long requests, long tokens) {
        this.minute = new MinuteTotal(minute, requests, tokens);
        return this;
    }

    DeltaBuilder slow(double times) {
        this.slowness = times;
        return this;
    }

    DeltaBuilder allows(String kind, RateLimit limit) {
        limits = new HashMap<>(limits);
        limit.into(limits, kind);
        return this;
    }

    DeltaBuilder took(long... totalMicros) {
        this.succeeded = totalMicros.length;
        this.total = sketch(totalMicros);
        return this;
    }

    DeltaBuilder firstTokens(int promptBucket, long... micros) {
        ttft.put(promptBucket, sketch(micros));
        return this;
    }

    AttemptDelta build() {
        return new AttemptDelta(
                ingress,
                seq,
                deployment,
                windowEnd.minus(Duration.ofMillis(200)),
                windowEnd,
                inFlight,
                succeeded + failed,
                succeeded,
                failed == 0 ? Map.of() : Map.of("http_500", failed),
                rateLimited,
                retryAfterSeconds,
                ttft,
                LatencySketch.EMPTY,
                total,
                0,
                0,
                limits,
                restsUntil,
                minute,
                slowness);
    }

    private static LatencySketch sketch(long... micros) {
        Map<Integer, Long> counts = new HashMap<>();
        for (long time : micros) {
            counts.merge(LatencySketch.bucketOf(time), 1L, Long::sum);
        }
        return new LatencySketch(counts);
    }
}

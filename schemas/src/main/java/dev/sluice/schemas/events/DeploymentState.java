package dev.sluice.schemas.events;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Map;

/**
 * What the fleet knows of one deployment: all ingresses' attempts folded into decaying figures.
 *
 * @param asOf when the newest attempt in it was seen
 * @param ttftMicros time to first token by prompt-size bucket (see {@link AttemptDelta})
 * @param ttft time to first token over all prompt sizes
 * @param total time of plain calls from start to end
 * @param errorRate decaying share of failed attempts, 0 to 1
 * @param inFlight open calls of all ingresses
 * @param cooldownUntil no calls before this time, null where none is due
 * @param limitEstimate requests a minute that the provider is believed to allow, null if unknown
 * @param minute what all ingresses asked of it in the newest minute of the clock, null if unknown
 * @param slowness how many times as long as usual answers took at {@code asOf}, null if unknown
 * @param limits the provider's newest rate-limit headers, as {@link RateLimit} names them; null
 *     where it sent none
 */
public record DeploymentState(
        String deploymentId,
        Instant asOf,
        Map<Integer, Latency> ttftMicros,
        Latency ttft,
        Latency total,
        Latency interToken,
        double errorRate,
        long inFlight,
        @Nullable Instant cooldownUntil,
        @Nullable Long limitEstimate,
        @Nullable MinuteTotal minute,
        @Nullable Double slowness,
        @Nullable Map<String, Long> limits) {

    public DeploymentState {
        ttftMicros = Map.copyOf(ttftMicros);
        limits = limits == null ? null : Map.copyOf(limits);
    }

    /**
     * Decaying mean and quantiles in microseconds; all 0 and {@code samples} 0 before the first.
     */
    public record Latency(double ewmaMicros, long p50Micros, long p95Micros, double samples) {

        /** Nothing seen yet. */
        public static final Latency UNKNOWN = new Latency(0, 0, 0, 0);

        /** Whether there is anything to go by. */
        public boolean isKnown() {
            return samples > 0;
        }
    }
}

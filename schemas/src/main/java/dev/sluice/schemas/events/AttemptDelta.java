package dev.sluice.schemas.events;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Map;

/**
 * What one ingress saw of one deployment in one window of about 200 ms.
 *
 * @param seq counts this ingress' deltas; a reader that sees it fall knows of a restart
 * @param inFlight calls open at the end of the window
 * @param failed attempts that failed, by error class
 * @param retryAfterSeconds the provider's last Retry-After, null where it sent none
 * @param ttftMicros time to first token by prompt-size bucket: the key is the power of two of the
 *     prompt's bytes, so "10" holds prompts of 1,024 to 2,047 bytes
 * @param limits the provider's newest rate-limit headers, as {@link RateLimit} names them
 * @param restsUntil until when this ingress leaves the deployment alone by what it saw itself, null
 *     where it does not
 * @param minute what this ingress asked of it in the present minute, null where it did not
 * @param slowness how many times as long as usual answers take now, by the latest ones and by the
 *     oldest call that waits; null where nothing was heard yet
 */
public record AttemptDelta(
        String ingressId,
        long seq,
        String deploymentId,
        Instant windowStart,
        Instant windowEnd,
        long inFlight,
        long started,
        long succeeded,
        Map<String, Long> failed,
        long rateLimited,
        @Nullable Long retryAfterSeconds,
        Map<Integer, LatencySketch> ttftMicros,
        LatencySketch interTokenMicros,
        LatencySketch totalMicros,
        long inputTokens,
        long outputTokens,
        Map<String, Long> limits,
        @Nullable Instant restsUntil,
        @Nullable MinuteTotal minute,
        @Nullable Double slowness) {

    public AttemptDelta {
        failed = Map.copyOf(failed);
        ttftMicros = Map.copyOf(ttftMicros);
        limits = Map.copyOf(limits);
    }
}

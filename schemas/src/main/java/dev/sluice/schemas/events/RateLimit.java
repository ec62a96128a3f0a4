package dev.sluice.schemas.events;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/**
 * What a provider's headers said of one of its limits, in an answer.
 *
 * @param remaining what it still allowed
 * @param limit what it allows at most, {@link #UNSTATED} where it did not say
 * @param seenAtMillis when, since the epoch
 * @param resetAtMillis when all of the limit is free again if nothing more is asked, {@link
 *     #UNSTATED} where it did not say
 */
public record RateLimit(long remaining, long limit, long seenAtMillis, long resetAtMillis) {

    /** Of what a provider does not say. */
    public static final long UNSTATED = -1;

    /** Requests, in the names under which records carry it. */
    public static final String REQUESTS = "requests";

    /** Tokens, in the names under which records carry it. */
    public static final String TOKENS = "tokens";

    /** Answers of about the same time may come in any order; then the least is believed. */
    private static final long SAME_TIME_MILLIS = 1_000;

    private static final String REMAINING = "_remaining";
    private static final String LIMIT = "_limit";
    private static final String SEEN_AT = "_seen_at_ms";
    private static final String RESET_AT = "_reset_at_ms";

    /** The one of that kind in a record's limits, null if there is none. */
    public static @Nullable RateLimit of(@Nullable Map<String, Long> limits, String kind) {
        Long remaining = limits == null ? null : limits.get(kind + REMAINING);
        if (limits == null || remaining == null) {
            return null;
        }
        return new RateLimit(
                remaining,
                limits.getOrDefault(kind + LIMIT, UNSTATED),
                limits.getOrDefault(kind + SEEN_AT, 0L),
                limits.getOrDefault(kind + RESET_AT, UNSTATED));
    }

    /** Writes it into a record's limits. */
    public void into(Map<String, Long> limits, String kind) {
        limits.put(kind + REMAINING, remaining);
        limits.put(kind + SEEN_AT, seenAtMillis);
        if (limit != UNSTATED) {
            limits.put(kind + LIMIT, limit);
        }
        if (resetAtMillis != UNSTATED) {
            limits.put(kind + RESET_AT, resetAtMillis);
        }
    }

    /** The same by a clock that is so many milliseconds behind the one it was told by. */
    public RateLimit earlier(long millis) {
        return new RateLimit(
                remaining,
                limit,
                seenAtMillis - millis,
                resetAtMillis == UNSTATED ? UNSTATED : resetAtMillis - millis);
    }

    /** The one to believe: the newer, and the lower of two of about the same time. */
    public static @Nullable RateLimit believed(@Nullable RateLimit a, @Nullable RateLimit b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        long later = a.seenAtMillis - b.seenAtMillis;
        if (Math.abs(later) < SAME_TIME_MILLIS) {
            return a.remaining <= b.remaining ? a : b;
        }
        return later > 0 ? a : b;
    }
}

package dev.sluice.ingress.dispatch;

import dev.sluice.ingress.books.OpenAttempt;
import dev.sluice.providers.transport.UpstreamResponse;
import dev.sluice.schemas.events.RateLimit;

import org.jspecify.annotations.Nullable;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a provider says of its rate limits: {@code x-ratelimit-remaining-requests} as OpenAI, Azure
 * and others do, or {@code anthropic-ratelimit-requests-remaining}. What cannot be read is as if it
 * were not there.
 */
final class RateLimitHeaders {

    /** Looking for a name of the head costs no string where it is not there. */
    private record Names(String remaining, String limit, String reset) {

        static Names usual(String kind) {
            String prefix = "x-ratelimit-";
            return new Names(
                    prefix + "remaining-" + kind,
                    prefix + "limit-" + kind,
                    prefix + "reset-" + kind);
        }

        static Names anthropic(String kind) {
            String prefix = "anthropic-ratelimit-" + kind;
            return new Names(prefix + "-remaining", prefix + "-limit", prefix + "-reset");
        }
    }

    private static final List<Names> REQUESTS =
            List.of(Names.usual("requests"), Names.anthropic("requests"));
    private static final List<Names> TOKENS =
            List.of(Names.usual("tokens"), Names.anthropic("tokens"));
    private static final Pattern SPAN =
            Pattern.compile(
                    "(?:(\\d{1,4})d)?(?:(\\d{1,6})h)?(?:(\\d{1,8})m(?!s))?"
                            + "(?:(\\d{1,9}(?:\\.\\d{1,9})?)(?:s|$))?(?:(\\d{1,12})ms)?");
    private static final long LONGEST_MILLIS = 7 * 86_400_000L;
    private static final double MILLIS = 1e3;

    private RateLimitHeaders() {}

    /** Lets the attempt know what its answer's head says, if it says anything. */
    static void tell(OpenAttempt attempt, UpstreamResponse response) {
        RateLimit requests = limit(response, REQUESTS);
        RateLimit tokens = limit(response, TOKENS);
        if (requests != null || tokens != null) {
            attempt.allowed(requests, tokens);
        }
    }

    /** The first of these that the head has; null for none. */
    private static @Nullable RateLimit limit(UpstreamResponse response, List<Names> names) {
        for (int i = 0; i < names.size(); i++) {
            Names name = names.get(i);
            String remaining = response.header(name.remaining);
            if (remaining != null) {
                return limit(
                        remaining,
                        response.header(name.limit),
                        response.header(name.reset),
                        System.currentTimeMillis());
            }
        }
        return null;
    }

    /** Null where nothing can be read. */
    static @Nullable RateLimit limit(
            String remaining, @Nullable String limit, @Nullable String reset, long nowMillis) {
        long left = count(remaining);
        return left == RateLimit.UNSTATED
                ? null
                : new RateLimit(
                        left,
                        limit == null ? RateLimit.UNSTATED : count(limit),
                        nowMillis,
                        reset == null ? RateLimit.UNSTATED : time(reset, nowMillis));
    }

    private static long count(String value) {
        String text = value.strip();
        if (text.isEmpty() || text.length() > 15) {
            return RateLimit.UNSTATED;
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return RateLimit.UNSTATED;
            }
        }
        return Long.parseLong(text);
    }

    /** A span as {@code 6m0s}, {@code 17ms} or {@code 60}, or a time as RFC 3339 has it. */
    private static long time(String value, long nowMillis) {
        String text = value.strip();
        long millis = text.indexOf('T') > 0 ? at(text, nowMillis) : span(text);
        return millis < 0 || millis > LONGEST_MILLIS ? RateLimit.UNSTATED : nowMillis + millis;
    }

    private static long at(String text, long nowMillis) {
        try {
            return Math.max(0, Instant.parse(text).toEpochMilli() - nowMillis);
        } catch (DateTimeException | ArithmeticException e) {
            return RateLimit.UNSTATED;
        }
    }

    private static long span(String text) {
        Matcher span = SPAN.matcher(text);
        if (text.isEmpty() || text.length() > 32 || !span.matches()) {
            return RateLimit.UNSTATED;
        }
        double seconds =
                part(span, 1) * 86_400 + part(span, 2) * 3_600 + part(span, 3) * 60 + part(span, 4);
        return (long) (seconds * MILLIS + part(span, 5));
    }

    private static double part(Matcher span, int group) {
        String text = span.group(group);
        return text == null ? 0 : Double.parseDouble(text);
    }
}

package dev.sluice.ingress.fleet;

import dev.sluice.schemas.events.RateLimit;

import org.jspecify.annotations.Nullable;

import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a provider's rate-limit headers leave of its limits, by the newest word of any ingress and
 * what this one has sent since. Costs nothing where a provider sends none.
 *
 * <p>What is used comes back evenly until the time of reset, as in the token buckets of most
 * providers. Where a provider counts by whole minutes instead, its 429 says so.
 */
final class Allowance {

    /** With less than this share of a limit left, the next call may be refused. */
    private static final double NEAR = 0.02;

    /** A word without a time of reset is about the next minute. */
    private static final long MINUTE_MILLIS = 60_000;

    private static final double LESSER_WEIGHT = 0.1;

    private final InstantSource clock;
    private final AtomicLong requestsSent = new AtomicLong();
    private final AtomicLong tokensSent = new AtomicLong();
    private volatile boolean known;
    private volatile double usualTokens;
    private volatile @Nullable Word requests;
    private volatile @Nullable Word tokens;

    /** For the one thread that tells the fleet. */
    private @Nullable Word toldRequests;

    private @Nullable Word toldTokens;

    /**
     * A word with the count of what had been sent when it came.
     *
     * @param isOwn whether this ingress heard it from the provider
     */
    private record Word(RateLimit limit, long sent, boolean isOwn) {}

    Allowance(InstantSource clock) {
        this.clock = clock;
    }

    /** A call of about so many tokens is sent. */
    void sent(double asked) {
        if (known) {
            requestsSent.incrementAndGet();
            tokensSent.addAndGet((long) asked);
            double usual = usualTokens;
            usualTokens = usual == 0 ? asked : usual + (asked - usual) * LESSER_WEIGHT;
        }
    }

    /** An answer told these; null where it did not. */
    void heard(@Nullable RateLimit ofRequests, @Nullable RateLimit ofTokens) {
        learn(ofRequests, ofTokens, /* isOwn= */ true);
    }

    /** Another ingress' answer told these. */
    void told(@Nullable Map<String, Long> limits) {
        if (limits != null) {
            learn(
                    RateLimit.of(limits, RateLimit.REQUESTS),
                    RateLimit.of(limits, RateLimit.TOKENS),
                    /* isOwn= */ false);
        }
    }

    private void learn(
            @Nullable RateLimit ofRequests, @Nullable RateLimit ofTokens, boolean isOwn) {
        known |= ofRequests != null || ofTokens != null;
        requests = newer(requests, ofRequests, requestsSent.get(), isOwn);
        tokens = newer(tokens, ofTokens, tokensSent.get(), isOwn);
    }

    private static @Nullable Word newer(
            @Nullable Word word, @Nullable RateLimit limit, long sent, boolean isOwn) {
        RateLimit before = word == null ? null : word.limit;
        RateLimit believed = RateLimit.believed(before, limit);
        return believed == null || believed.equals(before) ? word : new Word(believed, sent, isOwn);
    }

    /** What the fleet does not know yet; empty for nothing. For one thread. */
    Map<String, Long> news() {
        Word ofRequests = requests;
        Word ofTokens = tokens;
        Map<String, Long> news = new HashMap<>();
        if (ofRequests != null && ofRequests.isOwn && !ofRequests.equals(toldRequests)) {
            ofRequests.limit.into(news, RateLimit.REQUESTS);
        }
        if (ofTokens != null && ofTokens.isOwn && !ofTokens.equals(toldTokens)) {
            ofTokens.limit.into(news, RateLimit.TOKENS);
        }
        toldRequests = ofRequests;
        toldTokens = ofTokens;
        return news;
    }

    /** The used share of the limit that is nearest to its end; from 1 on, a call has no room. */
    double used() {
        if (!known) {
            return 0;
        }
        long now = clock.millis();
        return Math.max(
                used(requests, requestsSent.get(), 1, now),
                used(tokens, tokensSent.get(), usualTokens, now));
    }

    private static double used(@Nullable Word word, long sent, double aCall, long now) {
        if (word == null) {
            return 0;
        }
        RateLimit limit = word.limit;
        long resetAt =
                limit.resetAtMillis() == RateLimit.UNSTATED
                        ? limit.seenAtMillis() + MINUTE_MILLIS
                        : limit.resetAtMillis();
        double sinceThen = (double) (sent - word.sent);
        if (now >= resetAt) {
            return 0;
        }
        if (limit.limit() <= 0) {
            return limit.remaining() - sinceThen < aCall ? 1 : 0;
        }
        double past = (double) (now - limit.seenAtMillis()) / (resetAt - limit.seenAtMillis());
        double back = (limit.limit() - limit.remaining()) * Math.clamp(past, 0, 1);
        double left = limit.remaining() + back - sinceThen;
        double used = 1 - left / limit.limit();
        return left < Math.max(aCall, NEAR * limit.limit()) ? Math.max(1, used) : used;
    }
}

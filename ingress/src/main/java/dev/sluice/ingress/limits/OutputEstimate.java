package dev.sluice.ingress.limits;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import java.time.Duration;

/**
 * How many output tokens a call will have, learned from what an account's calls to a model group
 * had before. {@code max_tokens} is only an upper bound: callers send far more than they get.
 *
 * <p>As long as an account is not known, all calls to the group tell; before the first, {@value
 * #UNKNOWN_MEAN} tokens. The fewer calls are known, the more the mean itself may be wrong, and the
 * higher it is put. At most {@value #MOST_KNOWN} pairs are known; the longest unused is forgotten.
 */
public final class OutputEstimate {

    private static final long UNKNOWN_MEAN = 500;
    private static final long UNKNOWN_DEVIATION = 250;
    private static final int MOST_KNOWN = 50_000;
    private static final int ENOUGH = 5;

    /** What counts are about the last fifty calls. */
    private static final double OLDEST_WEIGHT = 0.02;

    private static final Expected UNKNOWN = new Expected(UNKNOWN_MEAN, UNKNOWN_DEVIATION);

    private final Cache<Key, Learned> learned =
            Caffeine.newBuilder()
                    .maximumSize(MOST_KNOWN)
                    .expireAfterAccess(Duration.ofHours(24))
                    .build();

    private record Key(String account, String modelGroup) {}

    /** A decaying mean and variance. */
    private static final class Learned {
        private long calls;
        private double mean;
        private double variance;

        synchronized void add(double tokens) {
            calls++;
            double weight = Math.max(1.0 / calls, OLDEST_WEIGHT);
            double difference = tokens - mean;
            mean += weight * difference;
            variance = (1 - weight) * (variance + weight * difference * difference);
        }

        synchronized boolean isKnown() {
            return calls >= ENOUGH;
        }

        synchronized Expected expected() {
            double deviation = Math.sqrt(variance);
            double doubt = deviation / Math.sqrt(Math.min((double) calls, 1 / OLDEST_WEIGHT));
            return new Expected(Math.round(mean + doubt), Math.round(deviation));
        }
    }

    /**
     * The output tokens of a call that begins.
     *
     * @param account whose habits count, a key as a rule
     * @param maxTokens what the caller has set as the most; 0 or less: nothing
     */
    public Expected expect(String account, String modelGroup, long maxTokens) {
        Learned own = learned.getIfPresent(new Key(account, modelGroup));
        Learned group =
                own != null && own.isKnown() ? own : learned.getIfPresent(new Key("", modelGroup));
        Expected usual = group != null && group.isKnown() ? group.expected() : UNKNOWN;
        if (maxTokens <= 0) {
            return usual;
        }
        long mean = Math.min(usual.mean(), maxTokens);
        return new Expected(mean, Math.min(usual.deviation(), (maxTokens - mean) / 2));
    }

    /** A call has ended well and had this many output tokens. */
    public void learn(String account, String modelGroup, long outputTokens) {
        add(new Key(account, modelGroup), outputTokens);
        add(new Key("", modelGroup), outputTokens);
    }

    private void add(Key key, long outputTokens) {
        requireNonNull(learned.get(key, _ -> new Learned()))
                .add((double) Math.max(0, outputTokens));
    }
}

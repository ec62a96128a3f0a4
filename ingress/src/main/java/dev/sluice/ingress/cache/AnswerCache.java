package dev.sluice.ingress.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.sluice.schemas.config.GatewayConfig.CacheSettings;

import org.jspecify.annotations.Nullable;

import java.util.function.LongSupplier;

/**
 * The exact cache in process, bounded in bytes: when it is full, what is asked for least goes first
 * (Caffeine's W-TinyLFU).
 */
public final class AnswerCache {

    /** A larger answer is not kept: it would push out hundreds of others. */
    public static final int LARGEST_ANSWER_BYTES = 1 << 20;

    private static final int ENTRY_OVERHEAD_BYTES = 200;

    private final CacheSettings settings;
    private final LongSupplier nanoTime;
    private final Cache<AnswerKey, CachedAnswer> answers;

    /** An empty cache; {@code nanoTime} is {@link System#nanoTime()} but in tests. */
    public AnswerCache(CacheSettings settings, LongSupplier nanoTime) {
        this.settings = settings;
        this.nanoTime = nanoTime;
        this.answers =
                Caffeine.newBuilder()
                        .maximumWeight(settings.maxBytes())
                        .weigher(AnswerCache::weight)
                        .executor(Runnable::run)
                        .build();
    }

    /** Whether answers are kept at all. */
    public boolean isEnabled() {
        return settings.enabled();
    }

    /** The lifetime of an answer whose caller named none, in nanoseconds. */
    public long lifetimeNanos() {
        return settings.ttl().toNanos();
    }

    /**
     * An answer that is fresh enough, or null.
     *
     * @param maxAgeNanos the oldest that the caller accepts
     */
    public @Nullable CachedAnswer find(AnswerKey key, long maxAgeNanos) {
        CachedAnswer answer = answers.getIfPresent(key);
        if (answer == null) {
            return null;
        }
        long now = nanoTime.getAsLong();
        if (!answer.isFresh(now)) {
            answers.asMap().remove(key, answer);
            return null;
        }
        return answer.age(now) <= maxAgeNanos ? answer : null;
    }

    /** Keeps an answer, unless it is too large. */
    public void store(AnswerKey key, CachedAnswer answer) {
        if (answer.bytes().length <= LARGEST_ANSWER_BYTES && answer.lifetimeNanos() > 0) {
            answers.put(key, answer);
        }
    }

    /** How many bytes are kept, about. */
    public long bytes() {
        return answers.policy().eviction().orElseThrow().weightedSize().orElse(0);
    }

    /** How many answers are kept, about. */
    public long entries() {
        return answers.estimatedSize();
    }

    private static int weight(AnswerKey key, CachedAnswer answer) {
        return answer.bytes().length + ENTRY_OVERHEAD_BYTES;
    }
}

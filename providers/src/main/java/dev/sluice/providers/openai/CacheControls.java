package dev.sluice.providers.openai;

import org.jspecify.annotations.Nullable;

/**
 * What a caller asks of the cache by LiteLLM's body field {@code cache}.
 *
 * @param noCache do not answer from the cache; still store
 * @param noStore do not store the answer
 * @param ttlSeconds lifetime of the entry; negative where the caller did not say
 * @param maxAgeSeconds the oldest entry that is welcome; negative where the caller did not say
 * @param namespace a separate space of entries; null is the common one
 * @param useCache opts in (or out) where the cache is off by default; null where the caller did not
 *     say
 */
public record CacheControls(
        boolean noCache,
        boolean noStore,
        long ttlSeconds,
        long maxAgeSeconds,
        @Nullable String namespace,
        @Nullable Boolean useCache) {

    /** The caller asked for nothing. */
    public static final CacheControls NONE = new CacheControls(false, false, -1, -1, null, null);

    /** The same where the caller wants neither an answer that is kept nor his own to be. */
    CacheControls forbidding() {
        return new CacheControls(true, true, ttlSeconds, maxAgeSeconds, namespace, useCache);
    }
}

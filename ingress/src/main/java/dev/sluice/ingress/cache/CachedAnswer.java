package dev.sluice.ingress.cache;

import static java.util.Objects.requireNonNull;

/**
 * An answer as it came from a provider.
 *
 * @param form whether {@code bytes} is a plain body or the events of a stream, usage included
 * @param costPico what the answer cost, and so what a hit saves
 * @param storedAtNanos by {@link System#nanoTime()}
 * @param lifetimeNanos how long it may be given again
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record CachedAnswer(
        Form form,
        byte[] bytes,
        String model,
        String deploymentId,
        long costPico,
        long storedAtNanos,
        long lifetimeNanos) {

    /** How an answer came. */
    public enum Form {
        PLAIN,
        STREAM
    }

    public CachedAnswer {
        requireNonNull(bytes, "bytes is null");
    }

    /** Its age in nanoseconds at {@code nowNanos}. */
    public long age(long nowNanos) {
        return nowNanos - storedAtNanos;
    }

    /** Whether it may still be given at {@code nowNanos}. */
    public boolean isFresh(long nowNanos) {
        return age(nowNanos) <= lifetimeNanos;
    }
}

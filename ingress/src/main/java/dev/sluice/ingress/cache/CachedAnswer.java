package dev.sluice.ingress.cache;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * An answer as it came from a provider. It may be read by another ingress than the one that kept
 * it, so its times are those of the wall clock.
 *
 * @param form whether {@code bytes} is a plain body or the events of a stream, usage included
 * @param contentType of a plain body, as the provider said it; empty for JSON and for streams
 * @param deploymentId who answered
 * @param costPico what the answer cost, and so what a hit saves
 * @param tookMicros how long its first caller waited for the whole of it, and so what a hit saves
 * @param askedAtMillis when it was asked for, since 1970: what was declared invalid later holds for
 *     it too
 * @param lifetimeMillis how long it may be given again from when it was complete
 * @param labels by what it can be declared invalid
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record CachedAnswer(
        Form form,
        byte[] bytes,
        String contentType,
        String model,
        String deploymentId,
        long costPico,
        long tookMicros,
        long askedAtMillis,
        long lifetimeMillis,
        Labels labels) {

    /** How an answer came. */
    public enum Form {
        PLAIN,
        STREAM
    }

    /**
     * What an answer belongs to.
     *
     * @param modelGroup the public name that was asked for
     * @param namespace of the call; empty for the common one
     * @param tags of the call
     */
    public record Labels(String modelGroup, String namespace, List<String> tags) {

        public Labels {
            tags = List.copyOf(tags);
        }
    }

    public CachedAnswer {
        requireNonNull(bytes, "bytes is null");
        requireNonNull(labels, "labels is null");
    }

    /** The same, with a life of so many milliseconds at most. */
    CachedAnswer within(long longestMillis) {
        return lifetimeMillis <= longestMillis
                ? this
                : new CachedAnswer(
                        form,
                        bytes,
                        contentType,
                        model,
                        deploymentId,
                        costPico,
                        tookMicros,
                        askedAtMillis,
                        longestMillis,
                        labels);
    }

    /** When all of it was there, since 1970. */
    public long completeAtMillis() {
        return askedAtMillis + tookMicros / 1000;
    }

    /**
     * Its age in milliseconds since it was complete; clocks of two machines may differ, so it is
     * never below 0.
     */
    public long ageMillis(long nowMillis) {
        return Math.max(0, nowMillis - completeAtMillis());
    }

    /** Whether it may still be given. */
    public boolean isFresh(long nowMillis) {
        return ageMillis(nowMillis) <= lifetimeMillis;
    }
}

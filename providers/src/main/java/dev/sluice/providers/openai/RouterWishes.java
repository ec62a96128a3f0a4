package dev.sluice.providers.openai;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;

/**
 * What a caller asks of the gateway itself, in fields of LiteLLM's that no provider sees.
 *
 * @param fallbacks model groups to try when the asked one fails, before those of the config; null
 *     where the caller says nothing of them
 * @param disableFallbacks only the asked model group may answer
 * @param numRetries further attempts, -1 where the caller does not say
 * @param timeout of each attempt, and of waiting for room; null where the caller does not say
 * @param streamTimeout until the first byte of a stream and between any two of it, null where the
 *     caller does not say
 * @param tags by which a deployment is chosen, from {@code tags} and {@code metadata.tags}
 * @param pretence a failure to pretend before the first attempt, so that fallbacks can be tried
 *     out; null for none
 */
public record RouterWishes(
        @Nullable List<String> fallbacks,
        boolean disableFallbacks,
        int numRetries,
        @Nullable Duration timeout,
        @Nullable Duration streamTimeout,
        List<String> tags,
        @Nullable Pretence pretence) {

    /** A tag is a key of the books; longer ones are refused. */
    public static final int TAG_CHARACTERS_MAX = 256;

    /** Nothing is asked for. */
    public static final RouterWishes NONE =
            new RouterWishes(null, false, -1, null, null, List.of(), null);

    /** The time that was asked for, for a stream or another answer; null where none was. */
    public @Nullable Duration timeout(boolean stream) {
        return stream && streamTimeout != null ? streamTimeout : timeout;
    }

    /** The same, and only the asked model group may answer. */
    public RouterWishes withoutFallbacks() {
        return new RouterWishes(
                fallbacks, true, numRetries, timeout, streamTimeout, tags, pretence);
    }

    /** LiteLLM's {@code mock_testing_…}: how the asked model group shall fail. */
    public enum Pretence {
        /** As if the provider had failed. */
        FAILURE,
        /** As if the prompt were too long. */
        CONTEXT_WINDOW,
        /** As if the provider refused the content. */
        CONTENT_POLICY,
        /** As if there were too many requests. */
        RATE_LIMIT
    }
}

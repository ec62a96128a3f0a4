package dev.sluice.providers.openai;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Where a request body may be changed on its way to the provider. Offsets into the body; ends are
 * exclusive, and -1 stands for what is not there.
 *
 * @param form what the body has as a form; null for JSON
 */
@SuppressWarnings("ArrayRecordComponent") // made once a request, read once, never compared
record SplicePoints(
        int firstMember,
        int modelStart,
        int modelEnd,
        @Nullable StreamOptions streamOptions,
        int[] cuts,
        List<TokenBound> tokenBounds,
        @Nullable FormBody form) {

    static final int[] NO_CUTS = {};

    /**
     * A value of {@code max_tokens} or {@code max_completion_tokens}.
     *
     * @param tokens -1 where it is {@code null}
     */
    record TokenBound(int start, int end, long tokens) {}

    /**
     * The value of {@code stream_options}.
     *
     * @param isNull whether the value is {@code null} rather than an object
     * @param isEmpty whether the object has no member
     * @param usageStart where the value of {@code include_usage} begins
     * @param asksForUsage whether that value is {@code true} already
     */
    record StreamOptions(
            int start,
            int end,
            boolean isNull,
            boolean isEmpty,
            int usageStart,
            int usageEnd,
            boolean asksForUsage) {}
}

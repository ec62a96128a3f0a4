package dev.sluice.providers.usage;

import com.fasterxml.jackson.databind.JsonNode;

/** Reads counts that a provider states. */
final class Counts {

    /** No call has more tokens: what a broken provider claims must not overflow its price. */
    private static final long TOKENS_MAX = 1_000_000_000;

    private Counts() {}

    /** The count under a name; 0 where there is none, or one that cannot be. */
    static long of(JsonNode object, String name) {
        return number(object.path(name));
    }

    /** As {@link #of}, of the count itself. */
    static long number(JsonNode count) {
        if (!count.isNumber()) {
            return 0;
        }
        return count.canConvertToLong()
                ? Math.clamp(count.asLong(), 0, TOKENS_MAX)
                : count.asDouble() < 0 ? 0 : TOKENS_MAX;
    }

    /** The first of two names that holds a number. */
    static long either(JsonNode object, String name, String otherwise) {
        return object.path(name).isNumber() ? of(object, name) : of(object, otherwise);
    }

    /** The tokens of one modality in a list like {@code promptTokensDetails}. */
    static long modality(JsonNode details, String modality) {
        long sum = 0;
        for (JsonNode detail : details) {
            if (detail.path("modality").asText().equalsIgnoreCase(modality)) {
                sum += of(detail, "tokenCount");
            }
        }
        return Math.min(sum, TOKENS_MAX);
    }
}

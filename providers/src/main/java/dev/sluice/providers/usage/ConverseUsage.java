package dev.sluice.providers.usage;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.schemas.events.Usage;

/**
 * Bedrock's usage, of Converse and of Nova's own form: {@code inputTokens} excludes what was read
 * from and written to the cache; the lifetime of what was written may stand in {@code
 * cacheDetails}.
 */
public final class ConverseUsage {

    private ConverseUsage() {}

    /** The tokens by class. */
    public static Usage of(JsonNode usage) {
        long written = Counts.either(usage, "cacheWriteInputTokens", "cacheWriteInputTokenCount");
        long hour = 0;
        for (JsonNode detail : usage.path("cacheDetails")) {
            if (detail.path("ttl").asText().equals("1h")) {
                hour += Counts.of(detail, "inputTokens");
            }
        }
        hour = Math.min(hour, written);
        return new Usage(
                Counts.of(usage, "inputTokens"),
                Counts.either(usage, "cacheReadInputTokens", "cacheReadInputTokenCount"),
                written - hour,
                hour,
                Counts.of(usage, "outputTokens"),
                0,
                0,
                0,
                0);
    }
}

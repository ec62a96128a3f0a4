package dev.sluice.providers.usage;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.schemas.events.Usage;

import java.util.HashMap;
import java.util.Map;

/**
 * Anthropic's usage, also of Claude at Bedrock and Vertex.
 *
 * <p>{@code input_tokens} excludes what was read from and written to the cache; {@code
 * output_tokens} includes thinking. In a stream {@code message_start} and {@code message_delta}
 * both state usage, each the totals so far: of each field the last one holds.
 */
public final class AnthropicUsage {

    private final Map<String, JsonNode> last = new HashMap<>();

    /** Takes the usage object of an answer, or of the next event that has one. */
    public void add(JsonNode usage) {
        for (Map.Entry<String, JsonNode> field : usage.properties()) {
            if (!field.getValue().isNull()) {
                last.put(field.getKey(), field.getValue());
            }
        }
    }

    /** Whether anything was counted. */
    public boolean isPresent() {
        return last.containsKey("input_tokens") || last.containsKey("output_tokens");
    }

    /** The tokens by class. Writes whose lifetime is not stated are for 5 minutes. */
    public Usage usage() {
        long written = count("cache_creation_input_tokens");
        long hour = 0;
        if (last.containsKey("cache_creation")) {
            JsonNode byLifetime = requireNonNull(last.get("cache_creation"));
            hour = Counts.of(byLifetime, "ephemeral_1h_input_tokens");
            written = Math.max(written, hour + Counts.of(byLifetime, "ephemeral_5m_input_tokens"));
        }
        long output = count("output_tokens");
        long thinking = 0;
        if (last.containsKey("output_tokens_details")) {
            JsonNode details = requireNonNull(last.get("output_tokens_details"));
            thinking = Math.min(Counts.of(details, "thinking_tokens"), output);
        }
        return new Usage(
                count("input_tokens"),
                count("cache_read_input_tokens"),
                written - hour,
                hour,
                output - thinking,
                thinking,
                0,
                0,
                0);
    }

    private long count(String name) {
        JsonNode count = last.get(name);
        return count == null ? 0 : Counts.number(count);
    }
}

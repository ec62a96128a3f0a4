package dev.sluice.providers.usage;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.schemas.events.Usage;

/**
 * The usage of OpenAI's Responses: the totals include their details, as in chat completions, under
 * other names.
 */
public final class ResponsesUsage {

    private ResponsesUsage() {}

    /** The tokens by class. */
    public static Usage of(JsonNode usage) {
        JsonNode in = usage.path("input_tokens_details");
        JsonNode out = usage.path("output_tokens_details");
        long prompt = Counts.of(usage, "input_tokens");
        long cached = Math.min(Counts.of(in, "cached_tokens"), prompt);
        long written = Math.min(Counts.of(in, "cache_write_tokens"), prompt - cached);
        long heard = Math.min(Counts.of(in, "audio_tokens"), prompt - cached - written);
        long seen = Math.min(Counts.of(in, "image_tokens"), prompt - cached - written - heard);
        long generated = Counts.of(usage, "output_tokens");
        long reasoning = Math.min(Counts.of(out, "reasoning_tokens"), generated);
        long spoken = Math.min(Counts.of(out, "audio_tokens"), generated - reasoning);
        return new Usage(
                prompt - cached - written - heard - seen,
                cached,
                written,
                0,
                generated - reasoning - spoken,
                reasoning,
                heard,
                spoken,
                seen);
    }
}

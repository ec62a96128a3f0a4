package dev.sluice.providers.usage;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.schemas.events.Usage;

/**
 * Google's {@code usageMetadata}, of Gemini and Vertex.
 *
 * <p>{@code promptTokenCount} includes cached tokens, but not those of tools' answers; {@code
 * candidatesTokenCount} excludes thoughts. What was heard and seen stands in details by modality;
 * of a picture that was made the tokens count as output. In a stream every event states the totals
 * so far: the last one holds.
 */
public final class GeminiUsage {

    private static final String AUDIO = "AUDIO";
    private static final String IMAGE = "IMAGE";

    private GeminiUsage() {}

    /** The tokens by class. */
    public static Usage of(JsonNode metadata) {
        long prompt = Counts.of(metadata, "promptTokenCount");
        JsonNode details = metadata.path("promptTokensDetails");
        JsonNode cacheDetails = metadata.path("cacheTokensDetails");
        long cached = Math.min(Counts.of(metadata, "cachedContentTokenCount"), prompt);
        long heard = fresh(details, cacheDetails, AUDIO, prompt - cached);
        long seen = fresh(details, cacheDetails, IMAGE, prompt - cached - heard);
        long input =
                prompt - cached - heard - seen + Counts.of(metadata, "toolUsePromptTokenCount");
        long generated = Counts.of(metadata, "candidatesTokenCount");
        long spoken =
                Math.min(
                        Counts.modality(metadata.path("candidatesTokensDetails"), AUDIO),
                        generated);
        return new Usage(
                input,
                cached,
                0,
                0,
                generated - spoken,
                Counts.of(metadata, "thoughtsTokenCount"),
                heard,
                spoken,
                seen);
    }

    /** What of a modality did not come from the cache. */
    private static long fresh(JsonNode details, JsonNode cached, String modality, long most) {
        long tokens = Counts.modality(details, modality) - Counts.modality(cached, modality);
        return Math.clamp(tokens, 0, most);
    }
}

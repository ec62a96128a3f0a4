package dev.sluice.providers.openai;

import dev.sluice.schemas.events.Usage;

/**
 * Usage in OpenAI's form, with LiteLLM's names for what OpenAI does not count: written so that
 * {@link ResponseFacts} reads the same classes from it.
 */
public final class UsageJson {

    private UsageJson() {}

    /** The JSON object. */
    public static String of(Usage usage) {
        return append(new StringBuilder(256), usage).toString();
    }

    static StringBuilder append(StringBuilder json, Usage usage) {
        long written = usage.cacheWrite5m() + usage.cacheWrite1h();
        json.append("{\"prompt_tokens\":")
                .append(usage.promptTokens())
                .append(",\"completion_tokens\":")
                .append(usage.completionTokens())
                .append(",\"total_tokens\":")
                .append(usage.promptTokens() + usage.completionTokens())
                .append(",\"prompt_tokens_details\":{\"cached_tokens\":")
                .append(usage.cachedRead());
        appendIfAny(json, "audio_tokens", usage.audioInput());
        appendIfAny(json, "image_tokens", usage.image());
        if (written > 0) {
            json.append(",\"cache_write_tokens\":")
                    .append(written)
                    .append(",\"cache_creation_token_details\":{\"ephemeral_5m_input_tokens\":")
                    .append(usage.cacheWrite5m())
                    .append(",\"ephemeral_1h_input_tokens\":")
                    .append(usage.cacheWrite1h())
                    .append('}');
        }
        json.append("},\"completion_tokens_details\":{\"reasoning_tokens\":")
                .append(usage.reasoning());
        appendIfAny(json, "audio_tokens", usage.audioOutput());
        return json.append("}}");
    }

    private static void appendIfAny(StringBuilder json, String name, long tokens) {
        if (tokens > 0) {
            json.append(",\"").append(name).append("\":").append(tokens);
        }
    }
}

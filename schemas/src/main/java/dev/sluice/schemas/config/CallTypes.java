package dev.sluice.schemas.config;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/** The words for what may be cached: LiteLLM's call types, and the endpoints' own names. */
final class CallTypes {

    private static final Map<String, String> CANONICAL =
            Map.ofEntries(
                    Map.entry("completion", "completion"),
                    Map.entry("completions", "completion"),
                    Map.entry("chat/completions", "completion"),
                    Map.entry("chat_completions", "completion"),
                    Map.entry("chat", "completion"),
                    Map.entry("text_completion", "text_completion"),
                    Map.entry("text_completions", "text_completion"),
                    Map.entry("embedding", "embedding"),
                    Map.entry("embeddings", "embedding"),
                    Map.entry("transcription", "transcription"),
                    Map.entry("transcriptions", "transcription"),
                    Map.entry("audio/transcriptions", "transcription"),
                    Map.entry("rerank", "rerank"),
                    Map.entry("responses", "responses"));

    private CallTypes() {}

    static boolean isKnown(String written) {
        return canonical(written) != null;
    }

    /** One word for all spellings, null for what is not known. */
    static @Nullable String canonical(String written) {
        if (written.equals("/v1/completions") || written.equals("/completions")) {
            return "text_completion";
        }
        String name = written.startsWith("/") ? written.substring(1) : written;
        String bare = name.startsWith("v1/") ? name.substring(3) : name;
        String found = CANONICAL.get(bare);
        return found == null && bare.startsWith("a") ? CANONICAL.get(bare.substring(1)) : found;
    }
}

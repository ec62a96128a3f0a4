package dev.sluice.providers.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.openai.Transcripts.Transcript;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

/** Compares usage with what a separate script read from the same recording. */
final class RecordedUsage {

    private RecordedUsage() {}

    static void agree(Transcript transcript, @Nullable Usage usage) {
        JsonNode expected = transcript.facts().path("usage");
        if (expected.isEmpty()) {
            // The script does not look into x_groq.
            assertThat(usage == null || transcript.id().startsWith("groq")).isTrue();
            return;
        }
        assertThat(usage).as(transcript.id()).isNotNull();
        if (usage != null) {
            long prompt = expected.path("input_tokens").asLong();
            // The script knows OpenAI's name for them, not Mistral's old one.
            long cached =
                    expected.path("cache_read_tokens")
                            .asLong(
                                    transcript
                                            .response()
                                            .at("/body/usage/num_cached_tokens")
                                            .asLong());
            long reasoning = expected.path("reasoning_tokens").asLong();
            assertThat(usage.promptTokens()).as(transcript.id()).isEqualTo(prompt);
            assertThat(usage.completionTokens())
                    .as(transcript.id())
                    .isEqualTo(expected.path("output_tokens").asLong());
            assertThat(usage.cachedRead()).as(transcript.id()).isEqualTo(Math.min(cached, prompt));
            assertThat(usage.reasoning()).as(transcript.id()).isEqualTo(reasoning);
        }
    }
}

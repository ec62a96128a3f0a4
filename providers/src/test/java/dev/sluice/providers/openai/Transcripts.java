package dev.sluice.providers.openai;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Assumptions;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Recorded exchanges with providers. They are not part of the repository: {@code SLUICE_SHARED}
 * says where they are, or {@code ../shared} beside it. Tests without them count as skipped.
 */
final class Transcripts {

    private static final List<String> PROVIDERS =
            List.of(
                    "openai",
                    "azure",
                    "groq",
                    "deepseek",
                    "mistral",
                    "openrouter",
                    "perplexity",
                    "cerebras");

    /** One exchange, and what a separate script found in its answer. */
    record Transcript(String id, JsonNode response, JsonNode facts) {

        Optional<String> stream() {
            return Optional.ofNullable(response.path("sse").textValue());
        }

        @Override
        public String toString() {
            return id;
        }
    }

    private Transcripts() {}

    /** The exchanges whose answers speak OpenAI's chat or text completions; skips without any. */
    static List<Transcript> completions() {
        Path folder = shared().resolve("data/transcripts/dev");
        Path facts = folder.resolve("facts.jsonl");
        Assumptions.assumeTrue(Files.isRegularFile(facts), "no transcripts at hand");
        try (Stream<String> lines = Files.lines(facts)) {
            return lines.map(Transcripts::tree)
                    .filter(fact -> PROVIDERS.contains(fact.path("provider").asText()))
                    .filter(fact -> fact.path("endpoint").asText().contains("completions"))
                    .map(fact -> transcript(folder, fact))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Transcript transcript(Path folder, JsonNode fact) {
        try {
            String text = Files.readString(folder.resolve(fact.path("file").asText()));
            return new Transcript(fact.path("id").asText(), tree(text).path("response"), fact);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode tree(String json) {
        try {
            return JsonTrees.MAPPER.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path shared() {
        String set = System.getProperty("sluice.shared", System.getenv("SLUICE_SHARED"));
        Path root = Path.of(System.getProperty("sluice.root", ""));
        return set == null ? root.resolve("../shared") : Path.of(set);
    }
}

package dev.sluice.providers.anthropic;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.openai.JsonTrees;

import org.junit.jupiter.api.Assumptions;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Recorded exchanges with Anthropic. They are not part of the repository: {@code SLUICE_SHARED}
 * says where they are, or {@code ../shared} beside it. Tests without them count as skipped.
 */
final class Recordings {

    /** One exchange, and what a separate script found in its answer. */
    record Recording(String id, JsonNode request, JsonNode response, JsonNode facts) {

        boolean isStream() {
            return response.path("sse").isTextual();
        }

        boolean isError() {
            return facts.has("error");
        }

        @Override
        public String toString() {
            return id;
        }
    }

    private Recordings() {}

    /** The exchanges with {@code /v1/messages}; skips without any. */
    static List<Recording> messages() {
        Path folder = shared().resolve("data/transcripts/dev");
        Path facts = folder.resolve("facts.jsonl");
        Assumptions.assumeTrue(Files.isRegularFile(facts), "no recordings at hand");
        try (Stream<String> lines = Files.lines(facts)) {
            return lines.map(Recordings::tree)
                    .filter(fact -> fact.path("provider").asText().equals("anthropic"))
                    .filter(fact -> fact.path("endpoint").asText().equals("messages"))
                    .map(fact -> recording(folder, fact))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Recording recording(Path folder, JsonNode fact) {
        try {
            JsonNode tree = tree(Files.readString(folder.resolve(fact.path("file").asText())));
            return new Recording(
                    fact.path("id").asText(), tree.path("request"), tree.path("response"), fact);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode tree(String json) {
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

package dev.sluice.providers.gemini;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Assumptions;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Recorded exchanges with Google, found as other tests find them: {@code SLUICE_SHARED}, or {@code
 * ../shared} beside the repository. Tests without them count as skipped.
 */
final class Recordings {

    /** One exchange, and what a separate script found in its answer. */
    record Recording(String id, JsonNode exchange, JsonNode facts) {

        JsonNode request() {
            return exchange.path("request");
        }

        JsonNode response() {
            return exchange.path("response");
        }

        boolean isStream() {
            return response().has("sse");
        }

        boolean isVertex() {
            return facts.path("provider").asText().equals("vertex");
        }

        String model() {
            return exchange.path("model").asText("gemini-2.5-flash");
        }

        boolean isError() {
            return facts.has("error");
        }
    }

    private Recordings() {}

    /** Those of one method of Google's; skips without any. */
    static List<Recording> of(String method) {
        Path folder = shared().resolve("data/transcripts/dev");
        Path facts = folder.resolve("facts.jsonl");
        Assumptions.assumeTrue(Files.isRegularFile(facts), "no recordings at hand");
        try (Stream<String> lines = Files.lines(facts)) {
            return lines.map(Calls::tree)
                    .filter(fact ->
                            List.of("gemini", "vertex").contains(fact.path("provider").asText()))
                    .filter(fact -> fact.path("endpoint").asText().equals(method))
                    .map(fact -> recording(folder, fact))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Recording recording(Path folder, JsonNode fact) {
        try {
            String text = Files.readString(folder.resolve(fact.path("file").asText()));
            return new Recording(fact.path("id").asText(), Calls.tree(text), fact);
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

package dev.sluice.providers.protocol;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.openai.ByteSource;
import dev.sluice.providers.openai.JsonTrees;

import org.junit.jupiter.api.Assumptions;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Recorded exchanges with a provider. They are not part of the repository: {@code SLUICE_SHARED}
 * says where they are, or {@code ../shared} beside it. Tests without them count as skipped.
 */
final class Exchanges {

    /** One exchange, and what a separate script found in its answer. */
    record Exchange(String id, JsonNode request, JsonNode response, JsonNode facts) {

        String header(String name) {
            return response.path("headers").path(name).asText();
        }

        @Override
        public String toString() {
            return id;
        }
    }

    private Exchanges() {}

    /** The exchanges of these endpoints; skips without any at hand. */
    static List<Exchange> of(String provider, List<String> endpoints) {
        Path folder = shared().resolve("data/transcripts/dev");
        Path facts = folder.resolve("facts.jsonl");
        Assumptions.assumeTrue(Files.isRegularFile(facts), "no transcripts at hand");
        try (Stream<String> lines = Files.lines(facts)) {
            return lines.map(Exchanges::tree)
                    .filter(fact -> fact.path("provider").asText().equals(provider))
                    .filter(fact -> endpoints.contains(fact.path("endpoint").asText()))
                    .map(fact -> exchange(folder, fact))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Exchange exchange(Path folder, JsonNode fact) {
        try {
            JsonNode tree = tree(Files.readString(folder.resolve(fact.path("file").asText())));
            return new Exchange(
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

    /** A source that hands out at most so many bytes at a time. */
    static ByteSource pieces(byte[] bytes, int length, int size) {
        var in = new ByteArrayInputStream(bytes, 0, length);
        return (into, offset, room) -> in.read(into, offset, Math.min(size, room));
    }

    static byte[] readAll(ByteSource source) throws IOException {
        var out = new ByteArrayOutputStream();
        byte[] some = new byte[4096];
        int count = source.read(some, 0, some.length);
        while (count >= 0) {
            out.write(some, 0, count);
            count = source.read(some, 0, some.length);
        }
        return out.toByteArray();
    }

    private static Path shared() {
        String set = System.getProperty("sluice.shared", System.getenv("SLUICE_SHARED"));
        Path root = Path.of(System.getProperty("sluice.root", ""));
        return set == null ? root.resolve("../shared") : Path.of(set);
    }
}

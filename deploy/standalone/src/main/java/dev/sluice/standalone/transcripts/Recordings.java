package dev.sluice.standalone.transcripts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;

import dev.sluice.providers.openai.JsonTrees;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Reads a folder of recordings, with {@code facts.jsonl} in it or beside it. */
final class Recordings {

    private static final String FACTS = "facts.jsonl";

    private Recordings() {}

    /**
     * All recordings below the folder, by file name.
     *
     * @throws IOException if one cannot be read, there are no facts, or facts speak of a file that
     *     is not there
     */
    static List<Recording> in(Path folder) throws IOException {
        Path root = folder.toAbsolutePath().normalize();
        Path base = Files.isRegularFile(root.resolve(FACTS)) ? root : root.getParent();
        if (base == null || !Files.isRegularFile(base.resolve(FACTS))) {
            throw new NoSuchFileException(
                    root.toString(), null, "no " + FACTS + " is in it or beside it");
        }
        Map<String, JsonNode> facts = facts(base.resolve(FACTS));
        List<Recording> recordings = new ArrayList<>();
        for (Path file : files(root)) {
            String name = base.relativize(file).toString().replace('\\', '/');
            JsonNode found = facts.remove(name);
            recordings.add(
                    new Recording(
                            name,
                            JsonTrees.MAPPER.readTree(Files.readAllBytes(file)),
                            found == null ? MissingNode.getInstance() : found));
        }
        String below = base.equals(root) ? "" : base.relativize(root) + "/";
        for (String missing : facts.keySet()) {
            if (missing.startsWith(below)) {
                throw new NoSuchFileException(
                        missing, null, FACTS + " speaks of it, but it is not there");
            }
        }
        return recordings;
    }

    private static Map<String, JsonNode> facts(Path file) throws IOException {
        Map<String, JsonNode> facts = new LinkedHashMap<>();
        for (String line : Files.readAllLines(file)) {
            if (!line.isBlank()) {
                JsonNode fact = JsonTrees.MAPPER.readTree(line);
                facts.put(fact.path("file").asText(), fact);
            }
        }
        return facts;
    }

    private static List<Path> files(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(file -> file.toString().endsWith(".json"))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        }
    }
}

package dev.sluice.standalone.similar;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.standalone.similar.Questions.Asked;
import dev.sluice.standalone.similar.Questions.Pair;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Reads the files of a folder whose names end in .tsv; their first line says what they are. */
final class QuestionFiles {

    private QuestionFiles() {}

    /** The files, in the order of their names. */
    static List<Questions> in(Path folder) throws BadFileException, IOException {
        if (!Files.isDirectory(folder)) {
            throw new BadFileException(folder + " is not a folder");
        }
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(file -> file.toString().endsWith(".tsv")).sorted().toList();
        }
        if (files.isEmpty()) {
            throw new BadFileException(folder + " has no file that ends in .tsv");
        }
        List<Questions> questions = new ArrayList<>();
        for (Path file : files) {
            questions.add(read(file));
        }
        return questions;
    }

    private static Questions read(Path file) throws BadFileException, IOException {
        String name = file.getFileName().toString();
        List<List<String>> rows = rows(name, Files.readAllBytes(file));
        List<String> header = rows.getFirst();
        if (header.containsAll(List.of("text_a", "text_b", "label"))) {
            return pairs(name, header, rows);
        }
        if (header.containsAll(List.of("text", "cluster"))) {
            return stream(name, header, rows);
        }
        throw new BadFileException(
                name, 1, "neither text_a, text_b and label nor text and cluster are columns");
    }

    private static Questions pairs(String name, List<String> header, List<List<String>> rows)
            throws BadFileException {
        int kept = header.indexOf("text_a");
        int asked = header.indexOf("text_b");
        int label = header.indexOf("label");
        int kind = header.indexOf("kind");
        List<Pair> pairs = new ArrayList<>();
        for (int i = 1; i < rows.size(); i++) {
            List<String> row = rows.get(i);
            String same = row.get(label);
            if (!same.equals("0") && !same.equals("1")) {
                throw new BadFileException(
                        name, i + 1, "the label '%s' is not 0 or 1".formatted(same));
            }
            pairs.add(
                    new Pair(
                            text(name, i, row.get(kept)),
                            text(name, i, row.get(asked)),
                            same.equals("1"),
                            kind < 0 ? "" : row.get(kind)));
        }
        return new Questions.Pairs(name, pairs);
    }

    private static Questions stream(String name, List<String> header, List<List<String>> rows)
            throws BadFileException {
        int text = header.indexOf("text");
        int cluster = header.indexOf("cluster");
        List<Asked> asked = new ArrayList<>();
        for (int i = 1; i < rows.size(); i++) {
            List<String> row = rows.get(i);
            asked.add(new Asked(text(name, i, row.get(text)), row.get(cluster)));
        }
        return new Questions.Stream(name, asked);
    }

    private static String text(String name, int row, String text) throws BadFileException {
        if (text.isBlank()) {
            throw new BadFileException(name, row + 1, "a text is empty");
        }
        return text;
    }

    /** All rows with the header; there are at least two, and all have as many columns. */
    private static List<List<String>> rows(String name, byte[] bytes) throws BadFileException {
        List<List<String>> rows = new ArrayList<>();
        int start = 0;
        while (start < bytes.length) {
            int end = start;
            while (end < bytes.length && bytes[end] != '\n') {
                end++;
            }
            List<String> row =
                    row(name, rows.size() + 1, ByteBuffer.wrap(bytes, start, end - start));
            if (!rows.isEmpty() && row.size() != rows.getFirst().size()) {
                throw new BadFileException(
                        name,
                        rows.size() + 1,
                        "%d columns, the first line has %d"
                                .formatted(row.size(), rows.getFirst().size()));
            }
            rows.add(row);
            start = end + 1;
        }
        if (rows.size() < 2) {
            throw new BadFileException(name, 1, "no rows");
        }
        return rows;
    }

    private static List<String> row(String name, int line, ByteBuffer bytes)
            throws BadFileException {
        try {
            String text =
                    UTF_8.newDecoder()
                            .onMalformedInput(CodingErrorAction.REPORT)
                            .decode(bytes)
                            .toString();
            String clean = text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
            return List.of(clean.split("\t", -1));
        } catch (CharacterCodingException e) {
            throw new BadFileException(name, line, "not UTF-8");
        }
    }
}

package dev.sluice.ingress.books;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The table of endings in {@code docs/ledger.md}, from which the tests take what they expect. */
final class LedgerTable {

    private static final Path PAGE = Path.of("..", "docs", "ledger.md");
    private static final String HEAD = "| ending |";

    private LedgerTable() {}

    /** What is promised of one ending. */
    record Row(String name, String booked, String seen) {}

    static Row row(String name) throws IOException {
        return rows().stream()
                .filter(row -> row.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no row '%s' in %s".formatted(name, PAGE)));
    }

    static Set<String> names() throws IOException {
        return rows().stream().map(Row::name).collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<Row> rows() throws IOException {
        return Files.readAllLines(PAGE).stream()
                .dropWhile(line -> !line.startsWith(HEAD))
                .takeWhile(line -> line.startsWith("|"))
                .skip(2)
                .map(LedgerTable::parse)
                .toList();
    }

    private static Row parse(String line) {
        List<String> cells =
                Arrays.stream(line.substring(1).split("\\|", -1)).map(String::strip).toList();
        return new Row(cells.get(0), cells.get(1), cells.get(2));
    }
}

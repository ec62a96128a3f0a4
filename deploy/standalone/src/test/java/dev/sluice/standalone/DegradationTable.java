package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** One column of the table in {@code docs/degradation.md}: what it promises in one situation. */
final class DegradationTable {

    private static final String SECONDS = "< (\\d+) s";

    private final Map<OutageRow, String> promised = new EnumMap<>(OutageRow.class);

    private DegradationTable() {}

    /** Reads the column under this heading; each row must be there. */
    static DegradationTable column(String heading) throws IOException {
        List<List<String>> rows = rows();
        int column = rows.getFirst().indexOf(heading);
        assertThat(column).as("column '%s' in %s", heading, rows.getFirst()).isPositive();
        var table = new DegradationTable();
        for (OutageRow row : OutageRow.values()) {
            List<String> cells =
                    rows.stream()
                            .filter(candidate -> candidate.getFirst().equals(row.title()))
                            .findFirst()
                            .orElseThrow(() -> new AssertionError("no row " + row.title()));
            table.promised.put(row, cells.get(column));
        }
        assertThat(rows).as("no further rows").hasSize(OutageRow.values().length + 2);
        return table;
    }

    private static List<List<String>> rows() throws IOException {
        Path page = Path.of(System.getProperty("sluice.root", "."), "docs", "degradation.md");
        return Files.readAllLines(page).stream()
                .dropWhile(line -> !line.startsWith("|"))
                .takeWhile(line -> line.startsWith("|"))
                .map(DegradationTable::cells)
                .toList();
    }

    private static List<String> cells(String line) {
        return Arrays.stream(line.substring(1).split("\\|", -1)).map(String::strip).toList();
    }

    /** What is promised; for a bound its text. */
    String promised(OutageRow row) {
        return promised.getOrDefault(row, "");
    }

    /** The bound of a row that has one. */
    Duration bound(OutageRow row) {
        assertThat(promised(row)).as(row.title()).matches(SECONDS);
        return Duration.ofSeconds(Long.parseLong(promised(row).replaceAll(SECONDS, "$1")));
    }

    /** Compares what was observed with what is promised, all rows at once. */
    void assertHolds(Map<OutageRow, String> observed) {
        Map<OutageRow, String> answers = new EnumMap<>(promised);
        answers.keySet().removeIf(OutageRow::isBound);
        assertThat(observed).containsExactlyInAnyOrderEntriesOf(answers);
    }

    /** Compares a time with its bound. */
    void assertWithin(OutageRow row, Duration took) {
        assertThat(took).as(row.title()).isLessThan(bound(row));
    }
}

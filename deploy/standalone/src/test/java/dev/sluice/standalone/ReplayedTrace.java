package dev.sluice.standalone;

import static java.util.Objects.requireNonNullElse;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Arrivals of real conversations. The file lies beside the project, not in it: the variable {@code
 * SLUICE_SHARED} says where.
 */
final class ReplayedTrace {

    private ReplayedTrace() {}

    /** One call of the trace. */
    record Arrival(long nanos, int promptTokens, int completionTokens) {

        /** A chat call of about that size, unlike any other of the trace. */
        String body(int number, boolean stream) {
            String prompt =
                    "Call %d. ".formatted(number) + "word".repeat(Math.max(1, promptTokens));
            return """
            {"model":"%s","messages":[{"role":"user","content":"%s"}],\
            "metadata":{"sim_output_tokens":"%d"}%s}\
            """
                    .formatted(
                            number % 3 == 0 ? "gpt-4o" : "gpt-4o-mini",
                            prompt,
                            Math.max(1, completionTokens),
                            stream ? ",\"stream\":true" : "");
        }
    }

    /** Where the trace is, if it is there. */
    static Path path() {
        String root = requireNonNullElse(System.getProperty("sluice.root"), ".");
        String shared = System.getenv("SLUICE_SHARED");
        return (shared == null ? Path.of(root, "..", "shared") : Path.of(shared))
                .resolve("data/traces/replay/azure_2023_conv.csv");
    }

    /** The first calls of the trace. */
    static List<Arrival> read(Path trace, int calls) throws IOException {
        try (Stream<String> lines = Files.lines(trace)) {
            return lines.skip(1).limit(calls).map(ReplayedTrace::arrival).toList();
        }
    }

    private static Arrival arrival(String line) {
        String[] columns = line.split(",", -1);
        return new Arrival(
                new BigDecimal(columns[0]).movePointRight(6).longValue(),
                Integer.parseInt(columns[1]),
                Integer.parseInt(columns[2]));
    }
}

package dev.sluice.batch.lines;

import dev.sluice.batch.lines.LineParser.Result;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Reads an input file once, from its beginning to its end: what is wrong with it, and the portions
 * that it is called in. Memory: the longest line, the names of all lines, and the portions.
 */
public final class InputCheck {

    /** Bytes of a line: a request that is longer is refused by the gateway anyway. */
    public static final int LINE_BYTES_MAX = 20 << 20;

    private static final int PROBLEMS_MAX = 1_000;
    private static final int PORTION_LINES = 16;
    private static final int PORTION_BYTES = 256 * 1024;

    private final LineParser parser;
    private final int linesMax;
    private final List<LineProblem> problems = new ArrayList<>();
    private final List<Portion> portions = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private int requests;
    private @Nullable String model;
    private boolean hasSeveralModels;

    private InputCheck(String endpoint, int linesMax) {
        this.parser = new LineParser(endpoint);
        this.linesMax = linesMax;
    }

    /**
     * What was found.
     *
     * @param problems none in a file that can be called; at most the first 1,000
     * @param requests lines that are not blank
     * @param model that all lines name; null where they name several, or none
     */
    public record Found(
            List<LineProblem> problems,
            List<Portion> portions,
            int requests,
            @Nullable String model) {}

    /**
     * Reads a file.
     *
     * @param endpoint that each line shall name
     * @param linesMax requests at most
     * @param progress told the bytes that were read, now and then
     * @throws IOException if it cannot be read
     */
    public static Found read(
            InputStream file, String endpoint, int linesMax, Consumer<Long> progress)
            throws IOException {
        return new InputCheck(endpoint, linesMax).read(file, progress);
    }

    private Found read(InputStream file, Consumer<Long> progress) throws IOException {
        var lines = new LineReader(file, LINE_BYTES_MAX, 0, 0);
        var portion = new Growing();
        try {
            for (Line line = lines.next(); line != null; line = lines.next()) {
                if (!line.isBlank()) {
                    portion.add(line);
                    requests++;
                    check(line);
                }
                if (line.number() % 1_000 == 0) {
                    progress.accept(line.position());
                }
                if (requests > linesMax) {
                    add(
                            new LineProblem(
                                    "too_many_tasks",
                                    null,
                                    "The batch has more than %d requests.".formatted(linesMax),
                                    null));
                    break;
                }
            }
        } catch (LineTooLongException e) {
            add(new LineProblem("line_too_long", e.line(), "This line is too long.", null));
        }
        portion.finish();
        if (requests == 0 && problems.isEmpty()) {
            add(new LineProblem("empty_file", null, "The input file has no requests.", null));
        }
        return new Found(
                List.copyOf(problems),
                List.copyOf(portions),
                requests,
                hasSeveralModels ? null : model);
    }

    private void check(Line line) {
        switch (parser.parse(line)) {
            case Result.Invalid(var problem) -> add(problem);
            case Result.Valid(var request) -> {
                if (!names.add(request.customId())) {
                    add(
                            new LineProblem(
                                    "duplicate_custom_id",
                                    line.number(),
                                    "The custom_id of this line is used by an earlier one.",
                                    "custom_id"));
                }
                String named = request.model();
                hasSeveralModels |= requests > 1 && (named == null || !named.equals(model));
                model = named;
            }
        }
    }

    private void add(LineProblem problem) {
        if (problems.size() < PROBLEMS_MAX) {
            problems.add(problem);
        }
    }

    /** A portion that further lines may belong to. */
    private final class Growing {

        private int firstLine;
        private int lines;
        private long offset;
        private long end;

        void add(Line line) {
            long ends = line.position() + line.length();
            if (lines > 0 && (lines == PORTION_LINES || ends - offset > PORTION_BYTES)) {
                finish();
            }
            if (lines == 0) {
                firstLine = line.number();
                offset = line.position();
            }
            lines++;
            end = ends;
        }

        void finish() {
            if (lines > 0) {
                portions.add(new Portion(firstLine, lines, offset, (int) (end - offset)));
                lines = 0;
            }
        }
    }
}

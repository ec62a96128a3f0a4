package dev.sluice.batch.lines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntFunction;

class InputCheckTest {

    private static final String CHAT = "/v1/chat/completions";

    private static String line(String id, String model) {
        return """
        {"custom_id":"%s","method":"POST","url":"/v1/chat/completions",\
        "body":{"model":"%s","messages":[]}}\
        """
                .formatted(id, model);
    }

    private static InputCheck.Found check(String input) throws IOException {
        return check(new ByteArrayInputStream(input.getBytes(UTF_8)));
    }

    private static InputCheck.Found check(InputStream input) throws IOException {
        return InputCheck.read(input, CHAT, 50_000, _ -> {});
    }

    @Test
    void cutsPortionsThatHoldEveryLineOnce() throws IOException {
        var input = new StringBuilder();
        for (int i = 1; i <= 100; i++) {
            input.append(line("a" + i, "m")).append(i % 7 == 0 ? "\r\n\r\n" : "\n");
        }

        InputCheck.Found found = check(input.toString());

        assertThat(found.problems()).isEmpty();
        assertThat(found.requests()).isEqualTo(100);
        assertThat(found.model()).isEqualTo("m");
        byte[] bytes = input.toString().getBytes(UTF_8);
        var parser = new LineParser(CHAT);
        List<String> names = new ArrayList<>();
        for (Portion portion : found.portions()) {
            var lines =
                    new LineReader(
                            new ByteArrayInputStream(
                                    bytes, (int) portion.offset(), portion.length()),
                            InputCheck.LINE_BYTES_MAX,
                            portion.offset(),
                            portion.firstLine() - 1);
            int count = 0;
            for (Line line = lines.next(); line != null; line = lines.next()) {
                if (!line.isBlank()) {
                    count++;
                    var valid = (LineParser.Result.Valid) parser.parse(line);
                    names.add(valid.request().customId());
                }
            }
            assertThat(count).isEqualTo(portion.lines()).isLessThanOrEqualTo(16);
        }
        assertThat(names).hasSize(100).doesNotHaveDuplicates().startsWith("a1").endsWith("a100");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "{\"custom_id\":\"a\"                                  |invalid_json_line|",
                "[]                                                    |invalid_json_line|",
                "{\"custom_id\":\"a\",\"custom_id\":\"b\"}             |invalid_json_line|",
                "{} {}                                                 |invalid_json_line|",
                "{}                                                    |missing_required_parameter|custom_id",
                "{\"custom_id\":1}                                     |missing_required_parameter|custom_id",
                "{\"custom_id\":\"\"}                                  |missing_required_parameter|custom_id",
                "{\"custom_id\":\"a\"}                                 |missing_required_parameter|method",
                "{\"custom_id\":\"a\",\"method\":\"GET\"}              |invalid_method|method",
                "{\"custom_id\":\"a\",\"method\":\"POST\"}             |missing_required_parameter|url",
                "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/embeddings\"}|url_mismatch|url",
                "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\"}"
                        + "|missing_required_parameter|body",
                "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":[]}"
                        + "|missing_required_parameter|body"
            })
    void tellsWhatIsWrongWithALine(String line, String code, String param) throws IOException {
        InputCheck.Found found = check(line("first", "m") + "\n" + line.strip() + "\n");

        assertThat(found.problems())
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.code()).isEqualTo(code);
                    assertThat(problem.line()).isEqualTo(2);
                    assertThat(Optional.ofNullable(problem.param()))
                            .isEqualTo(Optional.ofNullable(param));
                });
    }

    @Test
    void namesEveryWrongLineAndADuplicate() throws IOException {
        InputCheck.Found found = check(line("a", "m") + "\nnonsense\n" + line("a", "n") + "\n{}\n");

        assertThat(found.problems())
                .extracting(LineProblem::code, LineProblem::line)
                .containsExactly(
                        tuple("invalid_json_line", 2),
                        tuple("duplicate_custom_id", 3),
                        tuple("missing_required_parameter", 4));
        assertThat(found.model()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n\n \r\n", "\uFEFF"})
    void aFileWithoutRequestsIsEmpty(String input) throws IOException {
        assertThat(check(input).problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem.code()).isEqualTo("empty_file"));
    }

    @Test
    void takesAByteOrderMarkAndASeparatorWithinAString() throws IOException {
        InputCheck.Found found = check("\uFEFF" + line("a\u2028b", "m"));

        assertThat(found.problems()).isEmpty();
        assertThat(found.requests()).isEqualTo(1);
    }

    @Test
    void refusesALineThatNoGatewayWouldTake() throws IOException {
        var large = "x".repeat(InputCheck.LINE_BYTES_MAX + 10);

        assertThat(check(line("a", "m") + "\n" + large + "\n").problems())
                .extracting(LineProblem::code, LineProblem::line)
                .containsExactly(tuple("line_too_long", 2));
    }

    @Test
    void refusesMoreLinesThanAllowed() throws IOException {
        var input = (line("a", "m") + "\n").repeat(3);

        InputCheck.Found found =
                InputCheck.read(new ByteArrayInputStream(input.getBytes(UTF_8)), CHAT, 2, _ -> {});

        assertThat(found.problems()).extracting(LineProblem::code).contains("too_many_tasks");
    }

    /** 50,000 lines of 4,000 bytes, as they would come from a disk. */
    @Test
    void readsTheLargestFileQuicklyAndInLittleMemory() throws IOException {
        String filler = "y".repeat(3_880);
        Runtime runtime = Runtime.getRuntime();
        System.gc();
        long before = runtime.totalMemory() - runtime.freeMemory();
        // Of the processor, for the machine may be busy.
        long started = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();

        InputCheck.Found found =
                check(new Repeated(50_000, i -> line("line-" + i, filler).concat("\n")));

        Duration took =
                Duration.ofNanos(
                        ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - started);
        System.gc();
        long kept = runtime.totalMemory() - runtime.freeMemory() - before;
        assertThat(found.problems()).isEmpty();
        assertThat(found.requests()).isEqualTo(50_000);
        assertThat(took).isLessThan(Duration.ofSeconds(10));
        assertThat(kept).isLessThan(100L << 20);
    }

    @Test
    void judgesTheSharedFilesAsTheyAreMeant() throws IOException {
        Path folder =
                Path.of(
                        Optional.ofNullable(System.getenv("SLUICE_PROMPTS"))
                                .orElse("../../shared/data/prompts"));
        assumeTrue(Files.isDirectory(folder), "no shared prompts");
        assertThat(judge(folder, "invalid_json_line")).startsWith("invalid_json_line:2");
        assertThat(judge(folder, "duplicate_custom_id")).isEqualTo("duplicate_custom_id:3");
        assertThat(judge(folder, "missing_custom_id")).isEqualTo("missing_required_parameter:2");
        assertThat(judge(folder, "missing_method")).isEqualTo("missing_required_parameter:1");
        assertThat(judge(folder, "missing_body")).isEqualTo("missing_required_parameter:2");
        assertThat(judge(folder, "wrong_method")).isEqualTo("invalid_method:1");
        assertThat(judge(folder, "url_mismatch")).startsWith("url_mismatch:");
        assertThat(judge(folder, "empty_file")).isEqualTo("empty_file:null");
        for (String valid :
                List.of(
                        "model_mismatch",
                        "stream_true",
                        "bad_request_line",
                        "unknown_model_line",
                        "crlf_and_trailing_blank",
                        "utf8_bom",
                        "unicode")) {
            assertThat(judge(folder, valid)).as(valid).isEqualTo("valid");
        }
    }

    private static String judge(Path folder, String name) throws IOException {
        Path file = folder.resolve("batch_invalid").resolve(name + ".jsonl");
        try (InputStream in = Files.newInputStream(file)) {
            List<LineProblem> problems = check(in).problems();
            return problems.isEmpty()
                    ? "valid"
                    : problems.getFirst().code() + ":" + problems.getFirst().line();
        }
    }

    /** Lines that are made as they are read, in pieces of any size. */
    private static final class Repeated extends InputStream {

        private final Random random = new Random(1);
        private final int count;
        private final IntFunction<String> make;
        private byte[] current = {};
        private int position;
        private int made;

        Repeated(int count, IntFunction<String> make) {
            this.count = count;
            this.make = make;
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0];
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            if (position == current.length) {
                if (made == count) {
                    return -1;
                }
                made++;
                current = make.apply(made).getBytes(UTF_8);
                position = 0;
            }
            int wanted = Math.min(length, 1 + random.nextInt(8_192));
            int given = Math.min(wanted, current.length - position);
            System.arraycopy(current, position, into, offset, given);
            position += given;
            return given;
        }
    }
}

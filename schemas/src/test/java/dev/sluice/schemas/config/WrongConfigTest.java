package dev.sluice.schemas.config;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.config.InvalidConfigException.Problem;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A table of wrong configs: {@code wrong-configs.txt} beside this class. */
class WrongConfigTest {

    @TempDir Path folder;

    /** A config, and everything that is said of it. */
    record Wrong(String name, String text, List<String> said) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Wrong> table() throws IOException {
        try (InputStream in = WrongConfigTest.class.getResourceAsStream("wrong-configs.txt")) {
            String table = new String(in.readAllBytes(), UTF_8);
            List<Wrong> wrongs = new ArrayList<>();
            for (String entry : table.split("(?m)^### ", -1)) {
                String[] parts = entry.split("(?m)^---8<---\n", -1);
                if (parts.length == 2) {
                    int name = parts[0].indexOf('\n');
                    wrongs.add(
                            new Wrong(
                                    parts[0].substring(0, name),
                                    parts[0].substring(name + 1).replace("<TAB>", "\t"),
                                    Arrays.asList(parts[1].strip().split("\n", -1))));
                }
            }
            return wrongs;
        }
    }

    @ParameterizedTest
    @MethodSource("table")
    void saysWhatIsWrongAndWhere(Wrong wrong) {
        assertThat(problems(wrong.text())).isEqualTo(wrong.said());
    }

    @Test
    void hasEnoughOfThem() throws IOException {
        assertThat(table()).hasSizeGreaterThan(60);
    }

    @ParameterizedTest
    @MethodSource("table")
    void neverShowsASecret(Wrong wrong) {
        assertThat(problems(wrong.text()).toString()).doesNotContain("hush");
    }

    @Test
    void saysThatAFileIsNoText() throws IOException {
        Path file = folder.resolve("config.yaml");
        Files.writeString(file, "model_list:\n\n# caf\u00e9\n", ISO_8859_1);

        assertThat(read(file))
                .containsExactly(file + ":3: found bytes that are not UTF-8, expected UTF-8");
    }

    @Test
    void saysThatAFileIsTooLong() throws IOException {
        Path file = folder.resolve("config.yaml");
        Files.writeString(file, "#".repeat(ConfigFiles.MAX_BYTES + 1));

        assertThat(read(file))
                .containsExactly(file + ":1: found a longer file, expected at most 3145728 bytes");
    }

    @Test
    void saysThatAFileIsEmpty() throws IOException {
        Path file = folder.resolve("config.yaml");
        Files.writeString(file, "# nothing\n");

        assertThat(read(file)).containsExactly(file + ":1: found an empty file, expected a config");
    }

    @Test
    void refusesAliasesThatUnfoldWithoutEnd() {
        var text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 9; i++) {
            text.append(
                    "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d]\n"
                            .formatted(i, i, i - 1, i - 1, i - 1, i - 1, i - 1));
        }

        assertThat(problems(text.toString()))
                .containsExactly(
                        "config.yaml:1: found aliases that unfold to more than 200000 values,"
                                + " expected less");
    }

    private static List<String> problems(String text) {
        try {
            ConfigReader.parse("config.yaml", text, WrongConfigTest::environment);
            return List.of();
        } catch (InvalidConfigException e) {
            return e.problems().stream().map(Problem::toString).toList();
        }
    }

    private static String environment(String name) {
        return switch (name) {
            case "TEN" -> "10";
            case "WORD" -> "hush";
            default -> "";
        };
    }

    private static List<String> read(Path file) {
        try {
            ConfigReader.read(file);
            return List.of();
        } catch (InvalidConfigException e) {
            return e.problems().stream().map(Problem::toString).toList();
        }
    }
}

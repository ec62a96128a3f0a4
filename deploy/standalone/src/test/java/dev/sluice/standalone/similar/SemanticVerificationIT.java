package dev.sluice.standalone.similar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

class SemanticVerificationIT {

    private static final String PAIRS = "id\ttext_a\ttext_b\tlabel\n";
    private static final Pattern KINDS =
            Pattern.compile("number_swap (\\d+) of (\\d+), wrapper (\\d+) of (\\d+)$");

    @TempDir private Path folder;

    private List<String> lines(double threshold) throws Exception {
        List<String> lines = new ArrayList<>();
        new SemanticVerification(folder, lines::add).run(threshold);
        return lines;
    }

    @Test
    void hitsTheCapitalOfFranceAndMissesThatOfGermany() throws Exception {
        Files.writeString(
                folder.resolve("france.tsv"),
                PAIRS
                        + "0\tWhat is the capital of France?\tWhat's the capital city of France?\t1\n");
        Files.writeString(
                folder.resolve("germany.tsv"),
                PAIRS + "0\tWhat is the capital of France?\tWhat is the capital of Germany?\t0\n");

        assertThat(lines(0.9))
                .satisfiesExactly(
                        france ->
                                assertThat(france)
                                        .startsWith("france.tsv | look-ups 1 | threshold 0.9")
                                        .contains("| guards: hits 100.00 %, wrong 0.00 %"),
                        germany ->
                                assertThat(germany)
                                        .startsWith("germany.tsv")
                                        .contains("| guards: hits 0.00 %, wrong 0.00 %"));
        // Even where the vectors are taken for near.
        assertThat(lines(0.6).getLast())
                .contains("no guards: hits 100.00 %, wrong 100.00 %")
                .contains("| guards: hits 0.00 %, wrong 0.00 %")
                .contains("refused: names 1");
    }

    @Test
    void feedsAStreamInItsOrder() throws Exception {
        Files.writeString(
                folder.resolve("stream.tsv"),
                """
                seq\ttext\tcluster
                0\tHow do I reset my password?\tpassword
                1\tHow can I reset my password?\tpassword
                2\tHow do I reset my pin?\tpin
                3\tHow can I reset my pin?\tpassword
                """);

        assertThat(lines(0.9))
                .singleElement()
                .asString()
                .startsWith("stream.tsv | look-ups 4")
                .contains("| guards: hits 50.00 %, wrong 25.00 %");
    }

    @Test
    void printsATableOfTenThresholdsAndTheSameTwice() throws Exception {
        Files.writeString(folder.resolve("a.tsv"), PAIRS + "0\tone apple\ttwo apples\t0\r\n");
        List<String> first = new ArrayList<>();
        List<String> second = new ArrayList<>();

        new SemanticVerification(folder, first::add).run();
        new SemanticVerification(folder, second::add).run();

        assertThat(first).isEqualTo(second);
        assertThat(first.stream().filter(line -> line.matches("0\\.\\d\\d \\|.*"))).hasSize(10);
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource(
            delimiter = ';',
            value = {
                "id~text_a~text_b~label|0~a~b~2; x.tsv line 2: the label '2' is not 0 or 1",
                "id~text_a~text_b~label|0~a~b~1|1~a~b; x.tsv line 3: 3 columns, the first line has 4",
                "id~text_a~text_b~label|0~a~ ~1; x.tsv line 2: a text is empty",
                "id~text_a~text_b~label; x.tsv line 1: no rows",
                "question~answer|a~b;"
                        + " x.tsv line 1: neither text_a, text_b and label nor text and cluster are"
                        + " columns"
            })
    void saysWhereAFileIsBad(String content, String message) throws IOException {
        Files.writeString(
                folder.resolve("x.tsv"), content.replace('~', '\t').replace('|', '\n') + "\n");

        assertThatThrownBy(() -> new SemanticVerification(folder, _ -> {}))
                .isInstanceOf(BadFileException.class)
                .hasMessage(message);
    }

    @Test
    void saysWhatIsNotUtf8AndWhatIsNotThere() throws IOException {
        assertThatThrownBy(() -> new SemanticVerification(folder, _ -> {}))
                .hasMessageContaining("no file that ends in .tsv");
        assertThatThrownBy(() -> new SemanticVerification(folder.resolve("none"), _ -> {}))
                .hasMessageContaining("is not a folder");
        Files.write(
                folder.resolve("x.tsv"),
                (PAIRS + "0\tcafé\tb\t1\n").getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> new SemanticVerification(folder, _ -> {}))
                .hasMessage("x.tsv line 2: not UTF-8");
    }

    @Test
    void knowsHowSureAShareIs() {
        Share none = new Share(0, 100);
        Share half = new Share(50, 100);

        assertThat(none.low()).isZero();
        assertThat(none.high()).isBetween(0.036, 0.038);
        assertThat(half.low()).isBetween(0.403, 0.405);
        assertThat(half.high()).isBetween(0.595, 0.597);
    }

    @ParameterizedTest
    @CsvSource({"0.8", "0.9", "0.94"})
    void tellsChangedNumbersFromChangedWords(double threshold) throws Exception {
        Path beside = shared().resolve("data/pairs/dev/gsm8k_numswap.tsv");
        Assumptions.assumeTrue(Files.isRegularFile(beside), "no pairs at hand");
        Files.copy(beside, folder.resolve("pairs.tsv"));

        String line = lines(threshold).getFirst();

        Matcher kinds = KINDS.matcher(line);
        assertThat(kinds.find()).as(line).isTrue();
        assertThat(Integer.parseInt(kinds.group(1))).isLessThan(3);
        assertThat(Integer.parseInt(kinds.group(3)))
                .isGreaterThan(Integer.parseInt(kinds.group(4)) * 95 / 100);
    }

    private static Path shared() {
        String set = System.getProperty("sluice.shared", System.getenv("SLUICE_SHARED"));
        Path root = Path.of(System.getProperty("sluice.root", "../.."));
        return (set == null ? root.resolve("../shared") : Path.of(set)).normalize();
    }
}

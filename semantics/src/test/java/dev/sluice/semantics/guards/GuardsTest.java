package dev.sluice.semantics.guards;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.semantics.encoding.Vocabulary;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

import java.io.IOException;
import java.util.Optional;
import java.util.Random;

class GuardsTest {

    private static Fingerprints prints;

    @BeforeAll
    static void readsTheLists() throws IOException {
        prints = new Fingerprints(new byte[Fingerprints.KEY_BYTES], Vocabulary.bundled());
    }

    private static Optional<Guard> check(String asked, String kept) {
        return Guards.check(prints.of(asked), prints.of(kept));
    }

    @ParameterizedTest(name = "{0}: {1} | {2}")
    @CsvFileSource(resources = "pairs.tsv", delimiter = '\t', quoteCharacter = '\b')
    void judgesAPair(String verdict, String one, String other) {
        Optional<Guard> there = check(one, other);

        assertThat(check(other, one)).as("the other way round").isEqualTo(there);
        switch (verdict) {
            case "agree" -> assertThat(there).isEmpty();
            case "differ" -> assertThat(there).isPresent();
            default -> assertThat(there.map(Guard::label)).contains(verdict);
        }
    }

    @ParameterizedTest(name = "{1}")
    @CsvFileSource(resources = "pairs.tsv", delimiter = '\t', quoteCharacter = '\b')
    void findsThatATextAgreesWithItself(String verdict, String one, String other) {
        assertThat(check(one, one)).isEmpty();
        assertThat(check(other, other)).as(verdict).isEmpty();
    }

    @Test
    void comparesNoTextsThatAreTooLongToBeReadWhole() {
        String many = "word ".repeat(Fingerprints.TOKENS_MAX + 1);

        assertThat(check(many, many)).contains(Guard.LENGTH);
        assertThat(check("x".repeat(20_000), "x".repeat(20_000))).contains(Guard.LENGTH);
    }

    @Test
    void readsAnythingWithoutFailing() {
        String signs = " 0123456789.,:/'\"-%$aAbcPpMm½`()_<>=";
        var random = new Random(7);
        for (int i = 0; i < 3_000; i++) {
            var text = new StringBuilder();
            for (int length = random.nextInt(60); length > 0; length--) {
                text.appendCodePoint(
                        random.nextInt(3) == 0
                                ? random.nextInt(Character.MAX_CODE_POINT + 1)
                                : signs.charAt(random.nextInt(signs.length())));
            }
            assertThat(check(text.toString(), text.toString())).as(text.toString()).isEmpty();
        }
    }
}

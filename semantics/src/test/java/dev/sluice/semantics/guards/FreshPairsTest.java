package dev.sluice.semantics.guards;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.semantics.encoding.EncoderSettings;
import dev.sluice.semantics.encoding.Encoding.Encoded;
import dev.sluice.semantics.encoding.TextEncoder;
import dev.sluice.semantics.encoding.Vectors;
import dev.sluice.semantics.encoding.Vocabulary;

import org.junit.jupiter.api.Test;

import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Pairs that were written after the rules, 60 that look alike and ask different things and 60 that
 * ask the same, with the vectors of the model. The lists are not to be fitted to them.
 */
class FreshPairsTest {

    private static final double THRESHOLD = 0.9;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private record Pair(String one, String other, boolean same) {}

    @Test
    void refusesMostOfWhatLooksAlikeAndLetsThroughMostOfWhatIsTheSame() throws Exception {
        var prints = new Fingerprints(new byte[Fingerprints.KEY_BYTES], Vocabulary.bundled());
        List<Pair> wrong = new ArrayList<>();
        List<Pair> right = new ArrayList<>();
        int near = 0;
        try (var encoder = new TextEncoder(EncoderSettings.DEFAULT)) {
            assertThat(encoder.awaitReady(PATIENCE)).isTrue();
            for (Pair pair : pairs()) {
                double cosine =
                        Vectors.cosine(vector(encoder, pair.one()), vector(encoder, pair.other()));
                if (cosine < THRESHOLD) {
                    continue;
                }
                near += pair.same() ? 0 : 1;
                if (Guards.check(prints.of(pair.one()), prints.of(pair.other())).isEmpty()) {
                    (pair.same() ? right : wrong).add(pair);
                }
            }
        }

        assertThat(near).as("of those that ask different things, near").isGreaterThan(30);
        assertThat(wrong).hasSizeLessThanOrEqualTo(1);
        assertThat(right).hasSizeGreaterThanOrEqualTo(39);
    }

    private static float[] vector(TextEncoder encoder, String text) throws InterruptedException {
        assertThat(encoder.encode(text, PATIENCE)).isInstanceOf(Encoded.class);
        return ((Encoded) encoder.encode(text, PATIENCE)).vector();
    }

    private static List<Pair> pairs() throws Exception {
        try (InputStream file = FreshPairsTest.class.getResourceAsStream("fresh.tsv");
                var reader =
                        new BufferedReader(
                                new InputStreamReader(
                                        Objects.requireNonNull(file), StandardCharsets.UTF_8))) {
            return reader.lines()
                    .skip(1)
                    .map(line -> line.split("\t", -1))
                    .map(cells -> new Pair(cells[0], cells[1], cells[2].equals("1")))
                    .toList();
        }
    }
}

package dev.sluice.semantics.encoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.semantics.encoding.Encoding.Encoded;
import dev.sluice.semantics.encoding.Encoding.Reason;
import dev.sluice.semantics.encoding.Encoding.Refused;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

class TextEncoderTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static TextEncoder encoder;

    @BeforeAll
    static void loads() throws InterruptedException {
        encoder = new TextEncoder(EncoderSettings.DEFAULT);
        assertThat(encoder.awaitReady(PATIENCE)).isTrue();
    }

    @AfterAll
    static void releases() {
        encoder.close();
    }

    private static float[] vector(String text) {
        if (encoder.encode(text, PATIENCE) instanceof Encoded(float[] vector)) {
            return vector;
        }
        throw new AssertionError("no vector of " + text);
    }

    /** Measured with another implementation of the tokenizer and of the pooling. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "What is the capital of France?|What's the capital city of France?|0.9498",
                "What is the capital of France?|What is the capital of Germany?|0.6747",
                "What is the capital of France?|what is the capital of france|0.9044",
                "What is the capital of France?|Which city is the capital of France?|0.9378",
                "What is the capital of France?|What is the largest city in France?|0.7952",
                "What is the capital of France?|How do I bake bread?|0.1460"
            })
    void givesTheCosinesOfTheReference(String one, String other, double cosine) {
        assertThat(Vectors.cosine(vector(one), vector(other))).isCloseTo(cosine, within(0.005));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a", "Ærøskøbing", "что это", "日本の天気", "😀", "int x = y[0] >> 2;", "??"})
    void givesVectorsOfLengthOne(String text) {
        float[] vector = vector(text);

        assertThat(vector).hasSize(encoder.dimensions()).hasSize(384);
        assertThat(Vectors.cosine(vector, vector)).isCloseTo(1, within(1e-5));
        assertThat(vector(text)).containsExactly(vector);
    }

    @Test
    void doesNotCutATextThatIsTooLong() {
        String beginning = "word ".repeat(200);

        assertThat(Vectors.cosine(vector(beginning + "about cats"), vector(beginning)))
                .isLessThan(0.9999);
        assertThat(encoder.encode("word ".repeat(300), PATIENCE))
                .isEqualTo(new Refused(Reason.TOO_LONG));
        assertThat(encoder.encode("x".repeat(10_000_000), PATIENCE))
                .isEqualTo(new Refused(Reason.TOO_LONG));
    }

    @Test
    void hasNoVectorOfNothing() {
        assertThat(encoder.encode(" \n", PATIENCE)).isEqualTo(new Refused(Reason.EMPTY));
    }

    @Test
    void isLateRatherThanSlow() {
        assertThat(encoder.encode("too late already", Duration.ZERO))
                .isEqualTo(new Refused(Reason.LATE));
        assertThat(encoder.encode("on time", PATIENCE)).isInstanceOf(Encoded.class);
    }

    @Test
    void isNotReadyBeforeItIsLoadedAndFailsWhenItIsClosed() throws InterruptedException {
        var fresh = new TextEncoder(EncoderSettings.DEFAULT);
        assertThat(fresh.encode("first", PATIENCE)).isEqualTo(new Refused(Reason.NOT_READY));
        assertThat(fresh.awaitReady(PATIENCE)).isTrue();
        assertThat(fresh.encode("second", PATIENCE)).isInstanceOf(Encoded.class);

        fresh.close();

        assertThat(fresh.encode("third", PATIENCE)).isEqualTo(new Refused(Reason.FAILED));
        assertThat(fresh.awaitReady(PATIENCE)).isFalse();
    }

    @Test
    void refusesMoreThanMayWaitAndServesTheOthers() throws Exception {
        String text = "a rather long text, so that it takes a while. ".repeat(20);
        try (var small = new TextEncoder(new EncoderSettings(1, 1, 256, PATIENCE));
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            assertThat(small.awaitReady(PATIENCE)).isTrue();
            List<Future<Encoding>> calls = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                calls.add(callers.submit(() -> small.encode(text, PATIENCE)));
            }
            int served = 0;
            int busy = 0;
            for (Future<Encoding> call : calls) {
                served += call.get() instanceof Encoded ? 1 : 0;
                busy += call.get().equals(new Refused(Reason.BUSY)) ? 1 : 0;
            }

            assertThat(served).isPositive();
            assertThat(busy).isPositive();
            assertThat(served + busy).isEqualTo(40);
        }
    }
}

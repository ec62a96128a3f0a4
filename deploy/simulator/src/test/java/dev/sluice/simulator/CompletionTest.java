package dev.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;

class CompletionTest {

    private static final long SEED = 42;
    private static final List<String> NO_STOPS = List.of();

    @Test
    void saysTheSameForTheSameSeedAndOtherThingsForAnother() {
        String said = Completion.of(SEED, 50, 1000, NO_STOPS).text();

        assertThat(said).isEqualTo(Completion.of(SEED, 50, 1000, NO_STOPS).text());
        assertThat(said).isNotEqualTo(Completion.of(SEED + 1, 50, 1000, NO_STOPS).text());
    }

    @Test
    void saysAsMuchAsItIsAskedFor() {
        Completion completion = Completion.of(SEED, 120, 1000, NO_STOPS);

        assertThat(completion.tokens()).isEqualTo(120);
        assertThat(completion.pieces()).hasSize(120);
        assertThat(completion.finishReason()).isEqualTo("stop");
    }

    @Test
    void isCutShortAtTheLimit() {
        Completion whole = Completion.of(SEED, 120, 120, NO_STOPS);
        Completion cut = Completion.of(SEED, 120, 119, NO_STOPS);

        assertThat(whole.finishReason()).isEqualTo("stop");
        assertThat(cut.finishReason()).isEqualTo("length");
        assertThat(cut.tokens()).isEqualTo(119);
        assertThat(whole.text()).startsWith(cut.text());
    }

    @Test
    void decidesItsOwnLengthWithinBounds() {
        for (long seed = 0; seed < 1000; seed++) {
            assertThat(Completion.of(seed, 0, 1000, NO_STOPS).tokens()).isBetween(20, 200);
        }
    }

    @Test
    void endsBeforeTheFirstStopSequenceAndBillsIt() {
        Completion free = Completion.of(SEED, 30, 1000, NO_STOPS);
        String fifth = free.pieces().get(4);
        String tenth = free.pieces().get(9);

        Completion stopped = Completion.of(SEED, 30, 1000, List.of(tenth, fifth));

        assertThat(stopped.text()).isEqualTo(free.text(0, 4));
        assertThat(stopped.tokens()).isEqualTo(5);
        assertThat(stopped.finishReason()).isEqualTo("stop");
    }

    @Test
    void endsInTheMiddleOfATokenToo() {
        Completion free = Completion.of(SEED, 30, 1000, NO_STOPS);
        String acrossTheBorder = free.pieces().get(0).substring(1) + free.pieces().get(1);

        Completion stopped = Completion.of(SEED, 30, 1000, List.of(acrossTheBorder));

        assertThat(stopped.text()).isEqualTo(free.text().substring(0, 1));
        assertThat(stopped.tokens()).isEqualTo(2);
    }

    @Test
    void goesOnWhenTheStopSequenceNeverComes() {
        Completion completion = Completion.of(SEED, 30, 20, List.of("never said"));

        assertThat(completion.tokens()).isEqualTo(20);
        assertThat(completion.finishReason()).isEqualTo("length");
    }

    @Test
    void speaksPiecewiseWhatItSaysInOne() {
        Completion completion = Completion.of(SEED, 10, 1000, NO_STOPS);

        assertThat(completion.text(0, 4) + completion.text(4, 8) + completion.text(8, 12))
                .isEqualTo(completion.text());
        assertThat(completion.text(10, 11)).isEmpty();
    }
}

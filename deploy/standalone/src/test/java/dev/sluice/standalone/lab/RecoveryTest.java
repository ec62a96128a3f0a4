package dev.sluice.standalone.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

class RecoveryTest {

    private static final int SECONDS = 60;
    private static final int FAULT = 20;
    private static final int A_SECOND = 10;

    private final List<Arrival> arrivals =
            IntStream.range(0, SECONDS * A_SECOND)
                    .mapToObj(i -> new Arrival(i, i * 100_000L, 10, 10, new int[0], 1, 1))
                    .toList();
    private final long[] micros = new long[arrivals.size()];

    RecoveryTest() {
        Arrays.fill(micros, 400_000);
    }

    @Test
    void isAtOnceWhereNothingBecomesSlower() {
        assertThat(seconds()).isZero();
    }

    @Test
    void lastsUntilTheTimesAreAsBefore() {
        slow(FAULT, FAULT + 7);

        assertThat(seconds()).isEqualTo(7);
    }

    @Test
    void doesNotTakeABetterSecondForTheEnd() {
        slow(FAULT, FAULT + 3);
        slow(FAULT + 5, FAULT + 9);

        assertThat(seconds()).isEqualTo(9);
    }

    @Test
    void forgivesOneSecondInTen() {
        slow(FAULT, FAULT + 3);
        slow(FAULT + 8, FAULT + 9);

        assertThat(seconds()).isEqualTo(3);
    }

    @Test
    void neverEndsWhereTheTimesStayHigh() {
        slow(FAULT, SECONDS);

        assertThat(seconds()).isInfinite();
    }

    private void slow(int fromSecond, int toSecond) {
        Arrays.fill(micros, fromSecond * A_SECOND, toSecond * A_SECOND, 2_000_000);
    }

    private double seconds() {
        return Recovery.seconds(arrivals, micros, 0, FAULT, SECONDS);
    }
}

package dev.sluice.router;

import static dev.sluice.router.DeltaBuilder.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.data.Percentage.withPercentage;

import dev.sluice.schemas.events.AttemptDelta;
import dev.sluice.schemas.events.DeploymentState;
import dev.sluice.schemas.events.DeploymentState.Latency;
import dev.sluice.schemas.events.LatencySketch;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

class DeploymentStatisticsTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final double SKETCH_ERROR = 7;

    private final DeploymentStatistics statistics = new DeploymentStatistics("d1");

    @Test
    void knowsNothingBeforeTheFirstAttempt() {
        DeploymentState state = statistics.state(NOON);

        assertThat(state.total()).isEqualTo(Latency.UNKNOWN);
        assertThat(state.ttftMicros()).isEmpty();
        assertThat(state.errorRate()).isZero();
        assertThat(state.inFlight()).isZero();
        assertThat(state.cooldownUntil()).isNull();
    }

    @Test
    void answersMeanAndQuantilesOfTheTimesSeen() {
        fold(delta(NOON).took(LongStream.rangeClosed(1, 100).map(i -> i * 1_000).toArray()));

        Latency total = statistics.state(NOON).total();

        assertThat(total.ewmaMicros()).isCloseTo(50_500, withPercentage(SKETCH_ERROR));
        assertThat(total.p50Micros()).isCloseTo(50_000, withPercentage(SKETCH_ERROR));
        assertThat(total.p95Micros()).isCloseTo(95_000, withPercentage(SKETCH_ERROR));
        assertThat(total.samples()).isCloseTo(100, within(1e-6));
    }

    @Test
    void keepsPromptSizesApartAndKnowsThemTogether() {
        fold(delta(NOON).firstTokens(10, 100_000, 100_000).firstTokens(14, 400_000, 400_000));

        DeploymentState state = statistics.state(NOON);

        assertThat(state.ttftMicros()).containsOnlyKeys(10, 14);
        assertThat(state.ttft().ewmaMicros()).isCloseTo(250_000, withPercentage(SKETCH_ERROR));
        assertThat(state.ttftMicros().getOrDefault(14, Latency.UNKNOWN).ewmaMicros())
                .isCloseTo(400_000, withPercentage(SKETCH_ERROR));
        assertThat(state.total()).isEqualTo(Latency.UNKNOWN);
    }

    @Test
    void letsTheNewOutweighTheOldByWallTimeNotByCount() {
        fold(delta(NOON).took(longs(300, 100_000)));
        Instant later = NOON.plusSeconds(60);
        fold(delta(later).from("i1", 2).took(longs(30, 1_000_000)), later);

        Latency total = statistics.state(later).total();

        assertThat(total.samples()).isCloseTo(30 + 300 / 16.0, within(0.01));
        assertThat(total.ewmaMicros()).isGreaterThan(600_000);
        assertThat(total.p50Micros()).isCloseTo(1_000_000, withPercentage(SKETCH_ERROR));
    }

    @Test
    void forgetsTimesThatHaveDecayed() {
        fold(delta(NOON).took(1_000).firstTokens(10, 1_000));

        DeploymentState state = statistics.state(NOON.plusSeconds(180));

        assertThat(state.total()).isEqualTo(Latency.UNKNOWN);
        assertThat(state.ttftMicros()).isEmpty();
    }

    /** Hours apart, weights would overflow if they were never scaled down. */
    @Test
    void survivesDaysOfTrafficAndSilence() {
        for (int hour = 0; hour < 500; hour++) {
            Instant now = NOON.plus(Duration.ofHours(hour));
            fold(delta(now).from("i1", hour + 1).took(longs(10, 50_000)).ended(10, 5), now);
            fold(delta(now.plusSeconds(1)).from("i2", hour + 1).took(70_000), now.plusSeconds(1));

            DeploymentState state = statistics.state(now.plusSeconds(1));
            assertThat(state.total().ewmaMicros()).isBetween(48_000.0, 56_000.0);
            assertThat(state.errorRate()).isCloseTo(0.3, within(0.02));
        }
    }

    @Test
    void foldsWindowsInAnyOrderToTheSameState() {
        Instant end = NOON.plusSeconds(20);
        for (int seed = 0; seed < 50; seed++) {
            var random = new Random(seed);
            List<AttemptDelta> deltas = anyDeltas(random);
            DeploymentState inOrder = folded(deltas, end);
            Collections.shuffle(deltas, random);
            DeploymentState shuffled = folded(deltas, end);

            assertThat(shuffled.asOf()).isEqualTo(inOrder.asOf());
            assertThat(shuffled.errorRate()).isCloseTo(inOrder.errorRate(), within(1e-9));
            assertThat(shuffled.total().ewmaMicros())
                    .isCloseTo(inOrder.total().ewmaMicros(), within(1e-3));
            assertThat(shuffled.total().p95Micros()).isEqualTo(inOrder.total().p95Micros());
            assertThat(shuffled.inFlight()).isEqualTo(inOrder.inFlight());
        }
    }

    @Test
    void foldsADeltaOnceHoweverOftenItIsDelivered() {
        AttemptDelta delta = delta(NOON).from("i1", 7).took(1_000, 1_000).build();

        assertThat(statistics.fold(delta, NOON)).isTrue();
        assertThat(statistics.fold(delta, NOON)).isFalse();
        assertThat(statistics.fold(delta(NOON).from("i1", 6).took(9).build(), NOON)).isFalse();

        assertThat(statistics.state(NOON).total().samples()).isCloseTo(2, within(1e-6));
    }

    @Test
    void takesAFallingNumberInALaterWindowForARestartedIngress() {
        fold(delta(NOON).from("i1", 900).took(1_000).open(4));

        Instant later = NOON.plusSeconds(1);
        fold(delta(later).from("i1", 1).took(1_000).open(1), later);

        assertThat(statistics.state(later).inFlight()).isEqualTo(1);
        assertThat(statistics.state(later).total().samples()).isGreaterThan(1.9);
    }

    @Test
    void sumsOpenCallsOfIngressesHeardLately() {
        fold(delta(NOON).from("i1", 1).open(3));
        fold(delta(NOON.plusSeconds(4)).from("i2", 1).open(5), NOON.plusSeconds(4));
        fold(delta(NOON.plusSeconds(4)).from("i1", 2).open(2), NOON.plusSeconds(4));

        assertThat(statistics.inFlight(NOON.plusSeconds(4))).isEqualTo(7);

        fold(delta(NOON.plusSeconds(8)).from("i2", 2).open(1), NOON.plusSeconds(8));
        assertThat(statistics.inFlight(NOON.plusSeconds(9))).isEqualTo(3);
        assertThat(statistics.inFlight(NOON.plusSeconds(10))).isEqualTo(1);
        assertThat(statistics.inFlight(NOON.plusSeconds(60))).isZero();
    }

    @Test
    void ignoresWindowsTooOldToMatterAndTakesThoseOfTheFutureForNow() {
        AttemptDelta old = delta(NOON.minusSeconds(121)).from("i1", 1).took(1).build();
        AttemptDelta ahead = delta(NOON.plusSeconds(3_600)).from("i2", 1).took(5_000).build();

        assertThat(statistics.fold(old, NOON)).isFalse();
        assertThat(statistics.fold(ahead, NOON)).isTrue();

        assertThat(statistics.asOf()).isEqualTo(NOON);
        assertThat(statistics.state(NOON).total().samples()).isCloseTo(1, within(1e-6));
    }

    @Test
    void countsFailuresAndForgivesThemInSilence() {
        fold(delta(NOON).ended(0, 9));

        assertThat(statistics.errorRate(NOON)).isCloseTo(0.9, within(1e-9));
        assertThat(statistics.errorRate(NOON.plusSeconds(15))).isCloseTo(4.5 / 5.5, within(1e-9));
        assertThat(statistics.errorRate(NOON.plusSeconds(120))).isLessThan(0.05);
    }

    @Test
    void coolsDownForAsLongAsAnIngressLeavesItAlone() {
        fold(delta(NOON).ended(10, 1).restsUntil(NOON.plusSeconds(30)));

        assertThat(statistics.state(NOON).cooldownUntil()).isEqualTo(NOON.plusSeconds(30));
        assertThat(statistics.state(NOON.plusSeconds(30)).cooldownUntil()).isNull();
    }

    @Test
    void coolsDownByNoRuleOfItsOwn() {
        fold(delta(NOON).ended(0, 50).limited(30L));

        assertThat(statistics.state(NOON).cooldownUntil()).isNull();
    }

    @Test
    void doesNotShortenACooldown() {
        fold(delta(NOON).restsUntil(NOON.plusSeconds(60)));
        fold(delta(NOON).from("i1", 2).restsUntil(NOON.plusSeconds(1)));
        fold(
                delta(NOON.plusSeconds(1)).from("i2", 1).restsUntil(NOON.plusSeconds(2)),
                NOON.plusSeconds(1));

        assertThat(statistics.state(NOON).cooldownUntil()).isEqualTo(NOON.plusSeconds(60));
    }

    @Test
    void coolsDownForAnHourAtMost() {
        fold(delta(NOON).restsUntil(NOON.plusSeconds(86_400)));

        assertThat(statistics.state(NOON).cooldownUntil()).isEqualTo(NOON.plusSeconds(3_600));
    }

    @Test
    void survivesADamagedDelta() {
        var nonsense = new LatencySketch(Map.of(-5, 3L, 1 << 30, 2L, 100, -4L));
        var damaged =
                new AttemptDelta(
                        "i9",
                        -1,
                        "d1",
                        NOON,
                        NOON,
                        -7,
                        -1,
                        -1,
                        Map.of("x", -3L),
                        1,
                        Long.MIN_VALUE,
                        Map.of(-1, nonsense, 99, nonsense),
                        nonsense,
                        nonsense,
                        0,
                        0,
                        Map.of(),
                        Instant.MIN,
                        null,
                        null);

        statistics.fold(damaged, NOON);
        fold(delta(NOON).took(1_000, 1_000, 1_000));

        DeploymentState state = statistics.state(NOON);
        assertThat(state.inFlight()).isZero();
        assertThat(state.errorRate()).isZero();
        assertThat(state.ttftMicros()).isEmpty();
        assertThat(state.total().samples()).isCloseTo(3, within(1e-6));
    }

    private static List<AttemptDelta> anyDeltas(Random random) {
        var deltas = new ArrayList<AttemptDelta>();
        for (int i = 0; i < 30; i++) {
            deltas.add(
                    delta(NOON.plusMillis(random.nextInt(20_000)))
                            .from("i" + i, 1 + random.nextInt(9))
                            .took(longs(random.nextInt(20), 1 + random.nextInt(1_000_000)))
                            .open(random.nextInt(5))
                            .ended(random.nextInt(20), random.nextInt(3))
                            .build());
        }
        return deltas;
    }

    private static DeploymentState folded(List<AttemptDelta> deltas, Instant end) {
        var statistics = new DeploymentStatistics("d1");
        deltas.forEach(delta -> assertThat(statistics.fold(delta, end)).isTrue());
        return statistics.state(end);
    }

    private static long[] longs(int count, long value) {
        return IntStream.range(0, count).mapToLong(_ -> value).toArray();
    }

    private void fold(DeltaBuilder delta) {
        fold(delta, NOON);
    }

    private void fold(DeltaBuilder delta, Instant now) {
        assertThat(statistics.fold(delta.build(), now)).isTrue();
    }
}

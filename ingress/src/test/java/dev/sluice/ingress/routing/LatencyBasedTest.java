package dev.sluice.ingress.routing;

import static dev.sluice.ingress.routing.TestingFleet.known;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.schemas.events.DeploymentState.Latency;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

class LatencyBasedTest {

    private static final RequestTraits PLAIN = new RequestTraits(false, 1_500);
    private static final RequestTraits STREAM = new RequestTraits(true, 1_500);
    private static final List<Candidate> TWO = List.of(Candidate.of("a"), Candidate.of("b"));

    private final TestingFleet fleet = new TestingFleet();
    private final LatencyBased strategy = new LatencyBased(Duration.ZERO, 0);

    /** R3 of LiteLLM's suite, first half. */
    @Test
    void picksTheFasterOne() {
        fleet.knows("a", 300, 3_000).knows("b", 100, 1_000);

        assertThat(firsts(strategy, TWO, PLAIN)).containsOnlyKeys("b");
    }

    /** R3 of LiteLLM's suite, second half. */
    @Test
    void triesADeploymentWithoutHistoryBeforeKnownOnes() {
        fleet.knows("a", 300, 3_000);

        assertThat(ids(TWO, PLAIN)).containsExactly("b", "a");
    }

    @Test
    void takesAnUnexploredDeploymentForSlowestWhileACallIsOpen() {
        fleet.knows("a", 300, 3_000).serves("b", 1);

        assertThat(ids(TWO, PLAIN)).containsExactly("a", "b");
    }

    @Test
    void spreadsTheFirstCallsWhereNothingIsKnown() {
        fleet.serves("a", 3);
        assertThat(firsts(strategy, TWO, PLAIN)).containsOnlyKeys("b");

        fleet.serves("b", 3);
        assertThat(firsts(strategy, TWO, PLAIN)).containsOnlyKeys("a", "b");
    }

    /** R5 of LiteLLM's suite. */
    @Test
    void leavesADeploymentThatFailsHoweverFastItIs() {
        fleet.knows("a", 1, 1, 0.9).knows("b", 900, 9_000);

        assertThat(firsts(strategy, TWO, PLAIN)).containsOnlyKeys("b");
        assertThat(ids(TWO, PLAIN)).containsExactly("b", "a");
    }

    @Test
    void doesNotTakeADeploymentThatOnlyFailedForUnexplored() {
        fleet.knows("a", Latency.UNKNOWN, Latency.UNKNOWN, Map.of(), 0.8).knows("b", 900, 9_000);
        var generous = new LatencyBased(Duration.ofMinutes(1), 0);

        assertThat(firsts(generous, TWO, PLAIN)).containsOnlyKeys("b");
    }

    @Test
    void chargesOccasionalFailures() {
        fleet.knows("a", 100, 100, 0.1).knows("b", 150, 150, 0);
        assertThat(ids(TWO, PLAIN)).containsExactly("b", "a");

        fleet.knows("a", 100, 100, 0.01);
        assertThat(ids(TWO, PLAIN)).containsExactly("a", "b");
    }

    /** R6 of LiteLLM's suite. */
    @Test
    void picksAtRandomWhereAllTimesAreZero() {
        fleet.knows("a", 0, 0).knows("b", 0, 0);

        assertThat(firsts(strategy, TWO, PLAIN)).containsOnlyKeys("a", "b");
    }

    @Test
    void goesByTimeToFirstTokenForStreamsAndByTotalTimeForPlainCalls() {
        fleet.knows("a", 100, 9_000).knows("b", 200, 1_000);

        assertThat(ids(TWO, STREAM)).containsExactly("a", "b");
        assertThat(ids(TWO, PLAIN)).containsExactly("b", "a");
    }

    @Test
    void goesByThePromptsSizeWhereItHasHistory() {
        var rare = new Latency(1, 1, 1, 0.2);
        fleet.knows("a", known(100), known(1), Map.of(10, known(500), 3, known(1)), 0)
                .knows("b", known(200), known(1), Map.of(10, rare), 0);

        assertThat(ids(TWO, STREAM)).containsExactly("b", "a");
        assertThat(ids(TWO, new RequestTraits(true, 5_000))).containsExactly("a", "b");
    }

    @Test
    void sharesTheTrafficAmongThoseWithinTheThreshold() {
        fleet.knows("a", 0, 100).knows("b", 0, 149).knows("c", 0, 151);
        var candidates = List.of(Candidate.of("a"), Candidate.of("b"), Candidate.of("c"));

        var byThreshold = firsts(new LatencyBased(Duration.ofMillis(50), 0), candidates, PLAIN);
        var byBuffer = firsts(new LatencyBased(Duration.ZERO, 0.5), candidates, PLAIN);

        assertThat(byThreshold).containsOnlyKeys("a", "b").isEqualTo(byBuffer);
        assertThat(byThreshold.getOrDefault("a", 0) / 10_000.0).isCloseTo(0.5, within(0.02));
    }

    @Test
    void ordersRetriesBySpeed() {
        fleet.knows("a", 0, 300).knows("b", 0, 100).knows("c", 0, 200);
        var candidates = List.of(Candidate.of("a"), Candidate.of("b"), Candidate.of("c"));

        assertThat(ids(candidates, PLAIN)).containsExactly("b", "c", "a");
    }

    @Test
    void goesByWhatItSawItselfWhereTheFleetSaysNothing() {
        fleet.sees("a", TestingSight.of(300).quiet(5, 0)).sees("b", TestingSight.of(100));

        assertThat(ids(TWO, STREAM)).containsExactly("b", "a");
        assertThat(ids(TWO, PLAIN)).containsExactly("b", "a");
    }

    @Test
    void goesByWhatItSawItselfWhereThatIsNewerThanAnOldWordOfTheFleet() {
        fleet.knows("a", 100, 100).knows("b", 200, 200);
        fleet.sees("a", TestingSight.of(900)).sees("b", TestingSight.of(200));
        assertThat(ids(TWO, STREAM)).containsExactly("a", "b");

        fleet.heard("a", 10).heard("b", 10);
        assertThat(ids(TWO, STREAM)).containsExactly("a", "b");

        fleet.heard("a", 10.1).heard("b", 10.1);
        assertThat(ids(TWO, STREAM)).containsExactly("b", "a");
    }

    @Test
    void goesByAnOldWordOfTheFleetThatIsNewerThanWhatItSawItself() {
        fleet.knows("a", 100, 100).heard("a", 20).knows("b", 200, 200).heard("b", 20);
        fleet.sees("a", TestingSight.of(900).quiet(30, 0)).sees("b", TestingSight.of(200));

        assertThat(ids(TWO, STREAM)).containsExactly("a", "b");
    }

    @Test
    void triesADeploymentAgainThatNobodyHasHeardOfForTwoMinutes() {
        fleet.knows("a", 100, 100).sees("b", TestingSight.of(900).quiet(119, 0));
        assertThat(ids(TWO, STREAM)).containsExactly("a", "b");

        fleet.sees("b", TestingSight.of(900).quiet(120, 0));
        assertThat(ids(TWO, STREAM)).containsExactly("b", "a");
    }

    @Test
    void believesWhoeverSawMoreFailures() {
        fleet.knows("a", 100, 100, 0).knows("b", 150, 150, 0);
        fleet.sees("a", TestingSight.of(100).failing(0.1));
        assertThat(ids(TWO, STREAM)).containsExactly("b", "a");

        fleet.sees("a", TestingSight.of(100)).knows("a", 100, 100, 0.1);
        assertThat(ids(TWO, STREAM)).containsExactly("b", "a");

        fleet.knows("a", 1, 1, 0).sees("a", TestingSight.of(1).failing(0.5));
        assertThat(strategy.assess(TWO, fleet, STREAM).opinions().getFirst().standing())
                .isEqualTo("failing");
    }

    @Test
    void putsCooledDownCandidatesLastButKeepsThem() {
        fleet.knows("a", 0, 10).knows("b", 0, 100).coolsDown("a");
        assertThat(ids(TWO, PLAIN)).containsExactly("b", "a");

        fleet.coolsDown("b");
        assertThat(firsts(strategy, TWO, PLAIN)).containsOnlyKeys("a", "b");
    }

    @Test
    void answersASingleCandidateAsItCame() {
        List<Candidate> single = List.of(Candidate.of("a"));

        assertThat(strategy.order(single, fleet, PLAIN, new SplittableRandom(1))).isSameAs(single);
    }

    @Test
    void refusesNegativeBounds() {
        assertThatThrownBy(() -> new LatencyBased(Duration.ofMillis(-1), 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new LatencyBased(Duration.ZERO, Double.NaN))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void ordersEveryCandidateOnceAndNeverACooledDownOneFirst() {
        for (int seed = 0; seed < 500; seed++) {
            var random = new SplittableRandom(seed);
            var any = new TestingFleet();
            var candidates =
                    IntStream.range(0, 1 + random.nextInt(12))
                            .mapToObj(i -> anyCandidate(i, any, random))
                            .toList();

            List<Candidate> order = strategy.order(candidates, any, STREAM, random);

            assertThat(order).containsExactlyInAnyOrderElementsOf(candidates);
            List<Boolean> rests =
                    order.stream().map(c -> any.cooledDown(c.deploymentId())).toList();
            assertThat(rests).isEqualTo(rests.stream().sorted().toList());
        }
    }

    private static Candidate anyCandidate(int i, TestingFleet fleet, SplittableRandom random) {
        String id = "d" + i;
        if (random.nextInt(4) > 0) {
            fleet.knows(id, random.nextInt(100), random.nextInt(100), random.nextDouble());
        }
        if (random.nextInt(4) == 0) {
            fleet.coolsDown(id);
        }
        fleet.serves(id, random.nextInt(3));
        return Candidate.of(id);
    }

    private List<String> ids(List<Candidate> candidates, RequestTraits traits) {
        return strategy.order(candidates, fleet, traits, new SplittableRandom(1)).stream()
                .map(Candidate::deploymentId)
                .toList();
    }

    private Map<String, Integer> firsts(
            LatencyBased strategy, List<Candidate> candidates, RequestTraits traits) {
        var random = new SplittableRandom(42);
        Map<String, Integer> firsts = new HashMap<>();
        for (int i = 0; i < 10_000; i++) {
            Candidate first = strategy.order(candidates, fleet, traits, random).getFirst();
            firsts.merge(first.deploymentId(), 1, Integer::sum);
        }
        return firsts;
    }
}

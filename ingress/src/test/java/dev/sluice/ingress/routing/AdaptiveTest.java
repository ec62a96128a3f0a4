package dev.sluice.ingress.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

class AdaptiveTest {

    private static final int PICKS = 4_000;
    private static final RequestTraits STREAM = new RequestTraits(true, 4_000, 250, 0);
    private static final List<Candidate> TWO = List.of(Candidate.of("a"), Candidate.of("b"));
    private static final List<Candidate> FOUR =
            List.of(Candidate.of("a"), Candidate.of("b"), Candidate.of("c"), Candidate.of("d"));

    private final TestingFleet fleet = new TestingFleet();
    private final Adaptive strategy = new Adaptive(Adaptive.Tuning.DEFAULTS);

    /** R3 of LiteLLM's suite, by the first token. */
    @Test
    void picksTheFasterOne() {
        fleet.sees("a", TestingSight.of(3_000)).sees("b", TestingSight.of(1_000));

        assertThat(firsts(TWO, STREAM)).containsOnlyKeys("b");
    }

    @Test
    void picksWhoWritesFasterWhereTheFirstTokenIsAsSoon() {
        fleet.sees("a", TestingSight.of(500).writing(40))
                .sees("b", TestingSight.of(500).writing(8));

        assertThat(firsts(TWO, STREAM)).containsOnlyKeys("b");
    }

    @Test
    void leavesWhoMakesItsOldestCallWaitThoughItsAnswersWereFast() {
        fleet.sees("a", TestingSight.of(300).late(5)).sees("b", TestingSight.of(600));

        assertThat(firsts(TWO, STREAM)).containsOnlyKeys("b");
    }

    @Test
    void leavesACrowdedOneBeforeItsAnswersAreSlow() {
        fleet.sees("a", TestingSight.of(400).crowded(2)).sees("b", TestingSight.of(1_000));
        assertThat(firsts(TWO, STREAM)).containsOnlyKeys("a");

        fleet.sees("a", TestingSight.of(400).crowded(3));
        assertThat(firsts(TWO, STREAM)).containsOnlyKeys("b");
    }

    /** R5 of LiteLLM's suite. */
    @Test
    void leavesWhoFailsHoweverFastItFails() {
        fleet.sees("a", TestingSight.of(10).failing(0.5)).sees("b", TestingSight.of(900));

        assertThat(firsts(TWO, STREAM)).containsOnlyKeys("b");
    }

    /** R6 of LiteLLM's suite. */
    @Test
    void sharesAmongEqualsAlsoWhereAllTimesAreZero() {
        for (Candidate each : FOUR) {
            fleet.sees(each.deploymentId(), TestingSight.of(0));
        }

        assertThat(firsts(FOUR, STREAM).values())
                .hasSize(4)
                .allSatisfy(
                        count -> assertThat(count / (double) PICKS).isCloseTo(0.25, within(0.1)));
    }

    @Test
    void triesADeploymentWithoutHistoryByOneCallAtATime() {
        fleet.sees("a", TestingSight.of(300));
        assertThat(firsts(TWO, STREAM)).containsOnlyKeys("b");

        fleet.sees("b", TestingSight.of(Double.NaN).quiet(0, 1));
        assertThat(firsts(TWO, STREAM)).containsOnlyKeys("a");
    }

    @Test
    void takesTheFleetsWordWhereItHasNoneOfItsOwn() {
        fleet.knows("a", 900, 0).knows("b", 100, 0);

        assertThat(firsts(TWO, STREAM)).containsOnlyKeys("b");
    }

    @Test
    void asksAQuietOneNowAndThenUnlessSomebodyIsAsking() {
        fleet.sees("a", TestingSight.of(300)).sees("b", TestingSight.of(900).quiet(30, 0));
        assertThat(firsts(TWO, STREAM).getOrDefault("b", 0) / (double) PICKS)
                .isCloseTo(0.01, within(0.006));

        fleet.sees("b", TestingSight.of(900).quiet(30, 1));
        assertThat(firsts(TWO, STREAM)).containsOnlyKeys("a");
        fleet.sees("b", TestingSight.of(900).quiet(30, 0)).servesElsewhere("b", 1);
        assertThat(firsts(TWO, STREAM)).containsOnlyKeys("a");
    }

    @Test
    void asksAtOnceWhoWasQuietForMinutes() {
        fleet.sees("a", TestingSight.of(300)).sees("b", TestingSight.of(900).quiet(600, 0));

        assertThat(firsts(TWO, STREAM)).containsOnlyKeys("b");
    }

    @Test
    void keepsRequestsThatBeginAlikeTogetherUnlessThatIsMuchWorse() {
        for (Candidate each : FOUR) {
            fleet.sees(each.deploymentId(), TestingSight.of(500));
        }
        var alike = new RequestTraits(true, 40_000, 250, 77);
        Map<String, Integer> together = firsts(FOUR, alike);
        assertThat(together).hasSize(1);
        String home = together.keySet().iterator().next();
        assertThat(
                        IntStream.range(1, 400)
                                .mapToObj(key -> first(new RequestTraits(true, 40_000, 250, key)))
                                .distinct())
                .hasSize(4);

        fleet.sees(home, TestingSight.of(550));
        assertThat(firsts(FOUR, alike)).containsOnlyKeys(home);
        fleet.sees(home, TestingSight.of(5_000));
        assertThat(firsts(FOUR, alike)).doesNotContainKey(home);
    }

    @Test
    void putsWhoWouldRefuseAfterAllOthersAndWhoRestsLast() {
        fleet.sees("a", TestingSight.of(100).using(1.1))
                .sees("b", TestingSight.of(50))
                .coolsDown("b")
                .sees("c", TestingSight.of(900))
                .sees("d", TestingSight.of(900));

        List<String> order =
                strategy.order(FOUR, fleet, STREAM, new SplittableRandom(1)).stream()
                        .map(Candidate::deploymentId)
                        .toList();

        assertThat(order.subList(2, 4)).containsExactly("a", "b");
    }

    @Test
    void weighsThePriceWhereItIsTold() {
        var dear = new Candidate("a", Double.NaN, -1, -1, 10, 10);
        var cheap = new Candidate("b", Double.NaN, -1, -1, 1, 1);
        fleet.sees("a", TestingSight.of(500)).sees("b", TestingSight.of(700));
        var saving = new Adaptive(new Adaptive.Tuning(3, 0.2, 0, 3, 10, 1.6, 1));

        assertThat(firsts(strategy, List.of(dear, cheap), STREAM)).containsOnlyKeys("a");
        assertThat(firsts(saving, List.of(dear, cheap), STREAM)).containsOnlyKeys("b");
    }

    @Test
    void ordersEveryCandidateOnceAndNeverACooledDownOneFirst() {
        for (int seed = 0; seed < 500; seed++) {
            var random = new SplittableRandom(seed);
            var any = new TestingFleet();
            List<Candidate> candidates =
                    IntStream.range(0, 1 + random.nextInt(12))
                            .mapToObj(i -> any(i, any, random))
                            .toList();

            List<Candidate> order = strategy.order(candidates, any, STREAM, random);

            assertThat(order).containsExactlyInAnyOrderElementsOf(candidates);
            boolean allRest = order.stream().allMatch(c -> any.cooledDown(c.deploymentId()));
            assertThat(any.cooledDown(order.getFirst().deploymentId())).isEqualTo(allRest);
        }
    }

    private static Candidate any(int i, TestingFleet fleet, SplittableRandom random) {
        String id = "d" + i;
        if (random.nextInt(4) > 0) {
            fleet.sees(
                    id,
                    TestingSight.of(random.nextInt(100))
                            .failing(random.nextDouble())
                            .quiet(random.nextInt(100), random.nextInt(2))
                            .using(random.nextDouble() * 2));
        }
        if (random.nextInt(4) == 0) {
            fleet.coolsDown(id);
        }
        return Candidate.of(id);
    }

    private String first(RequestTraits traits) {
        return strategy.order(FOUR, fleet, traits, new SplittableRandom(1))
                .getFirst()
                .deploymentId();
    }

    private Map<String, Integer> firsts(List<Candidate> candidates, RequestTraits traits) {
        return firsts(strategy, candidates, traits);
    }

    private Map<String, Integer> firsts(
            Adaptive strategy, List<Candidate> candidates, RequestTraits traits) {
        var random = new SplittableRandom(42);
        Map<String, Integer> firsts = new HashMap<>();
        for (int i = 0; i < PICKS; i++) {
            Candidate first = strategy.order(candidates, fleet, traits, random).getFirst();
            firsts.merge(first.deploymentId(), 1, Integer::sum);
        }
        return firsts;
    }
}

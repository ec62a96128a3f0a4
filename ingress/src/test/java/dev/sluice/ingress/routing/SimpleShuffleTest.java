package dev.sluice.ingress.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

class SimpleShuffleTest {

    private static final RequestTraits PLAIN = new RequestTraits(false, 100);
    private static final double NONE = Double.NaN;

    private final SimpleShuffle strategy = new SimpleShuffle();
    private final TestingFleet fleet = new TestingFleet();

    /** R1 of LiteLLM's suite. */
    @Test
    void picksInProportionToRequestsAMinute() {
        var candidates =
                List.of(
                        new Candidate("small", NONE, 6, -1),
                        new Candidate("large", NONE, 1440, -1));

        assertThat(firsts(candidates, 1_000).get("large")).isGreaterThan(890);
    }

    /** R2b of LiteLLM's suite. */
    @Test
    void picksTheHeavierOneMoreOften() {
        var candidates = List.of(new Candidate("one", 2, -1, -1), new Candidate("two", 1, -1, -1));

        Map<String, Integer> firsts = firsts(candidates, 30_000);

        assertThat(firsts.getOrDefault("one", 0) / 30_000.0).isCloseTo(2 / 3.0, within(0.01));
    }

    @Test
    void picksEvenlyWhereTheConfigSaysNothing() {
        var candidates = List.of(Candidate.of("a"), Candidate.of("b"), Candidate.of("c"));

        assertThat(firsts(candidates, 30_000).values())
                .allSatisfy(count -> assertThat(count / 30_000.0).isCloseTo(1 / 3.0, within(0.01)));
    }

    @Test
    void prefersWeightToRequestsAndRequestsToTokens() {
        var byWeight = List.of(new Candidate("a", 1, 1, 1), new Candidate("b", NONE, 99, 99));
        var byRequests = List.of(new Candidate("a", NONE, 1, 1), new Candidate("b", NONE, -1, 99));
        var byTokens = List.of(new Candidate("a", NONE, -1, 1), new Candidate("b", NONE, -1, -1));

        assertThat(firsts(byWeight, 200)).containsOnlyKeys("a");
        assertThat(firsts(byRequests, 200)).containsOnlyKeys("a");
        assertThat(firsts(byTokens, 200)).containsOnlyKeys("a");
    }

    /** Presence is decided over all: LiteLLM looks at the first alone and forgets the weight. */
    @Test
    void heedsAWeightThatTheFirstCandidateLacks() {
        var candidates = List.of(Candidate.of("a"), new Candidate("b", 1, -1, -1));

        assertThat(firsts(candidates, 200)).containsOnlyKeys("b");
    }

    @Test
    void keepsWeightlessCandidatesForRetries() {
        var candidates =
                List.of(new Candidate("drained", 0, -1, -1), new Candidate("b", 1, -1, -1));

        assertThat(order(candidates, 1))
                .extracting(Candidate::deploymentId)
                .containsExactly("b", "drained");
    }

    @Test
    void picksAmongWeightlessCandidatesWhereThereAreNoOthers() {
        var candidates = List.of(new Candidate("a", 0, -1, -1), new Candidate("b", 0, -1, -1));

        assertThat(firsts(candidates, 200)).containsOnlyKeys("a", "b");
    }

    @Test
    void putsCooledDownCandidatesLastButKeepsThem() {
        fleet.coolsDown("a");
        var candidates =
                List.of(
                        new Candidate("a", 1_000, -1, -1),
                        new Candidate("b", 1, -1, -1),
                        new Candidate("c", 0, -1, -1));

        assertThat(order(candidates, 7))
                .extracting(Candidate::deploymentId)
                .containsExactly("b", "c", "a");
    }

    @Test
    void servesAGroupThatIsCooledDownAltogether() {
        fleet.coolsDown("a").coolsDown("b");

        assertThat(firsts(List.of(Candidate.of("a"), Candidate.of("b")), 200))
                .containsOnlyKeys("a", "b");
    }

    @Test
    void answersASingleCandidateAsItCame() {
        List<Candidate> single = List.of(Candidate.of("a"));

        assertThat(order(single, 1)).isSameAs(single);
        assertThat(order(List.of(), 1)).isEmpty();
    }

    @Test
    void ordersEveryCandidateOnceAndTheSameForTheSameSeed() {
        for (int seed = 0; seed < 500; seed++) {
            List<Candidate> candidates = anyCandidates(seed);

            assertThat(order(candidates, seed))
                    .containsExactlyInAnyOrderElementsOf(candidates)
                    .isEqualTo(order(candidates, seed));
        }
    }

    private static List<Candidate> anyCandidates(int seed) {
        var random = new SplittableRandom(seed);
        return IntStream.range(0, random.nextInt(12))
                .mapToObj(i ->
                        new Candidate(
                                "d" + i,
                                random.nextInt(3) == 0 ? NONE : random.nextInt(4),
                                random.nextInt(-1, 3),
                                random.nextInt(-1, 3)))
                .toList();
    }

    private List<Candidate> order(List<Candidate> candidates, long seed) {
        return strategy.order(candidates, fleet, PLAIN, new SplittableRandom(seed));
    }

    private Map<String, Integer> firsts(List<Candidate> candidates, int picks) {
        var random = new SplittableRandom(42);
        Map<String, Integer> firsts = new HashMap<>();
        for (int i = 0; i < picks; i++) {
            Candidate first = strategy.order(candidates, fleet, PLAIN, random).getFirst();
            firsts.merge(first.deploymentId(), 1, Integer::sum);
        }
        return firsts;
    }
}

package dev.sluice.ingress.routing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.SplittableRandom;

class CostBasedTest {

    private static final RequestTraits STREAM = new RequestTraits(true, 4_000);
    private static final double NONE = Double.NaN;

    private final TestingFleet fleet = new TestingFleet();

    /** R8 of LiteLLM's suite. */
    @Test
    void picksTheCheapest() {
        assertThat(ids(priced("gpt-4", 30e6, 60e6), priced("small", 0.5e6, 1.5e6)))
                .containsExactly("small", "gpt-4");
        assertThat(ids(priced("gpt-4", 30e6, 60e6), priced("own price", 10, 20)))
                .containsExactly("own price", "gpt-4");
    }

    @Test
    void takesWhatCostsNothingForTheCheapestAndAnUnknownPriceForTheHighest() {
        assertThat(
                        ids(
                                priced("unknown", NONE, NONE),
                                priced("dear", 1e9, 1e9),
                                priced("own", 0, 0)))
                .containsExactly("own", "dear", "unknown");
    }

    @Test
    void keepsTheFilesOrderAmongEquals() {
        assertThat(ids(priced("b", 1, 2), priced("a", 2, 1), priced("c", 1, 2)))
                .containsExactly("b", "a", "c");
    }

    @Test
    void putsWhoIsOverHisLimitsAfterAllOthersAndWhoRestsLast() {
        var cheap = new Candidate("cheap", NONE, 10, -1, 1, 1);
        var full = new Candidate("full", NONE, -1, 5_000, 1, 1);
        fleet.used("cheap", 10, 0).used("full", 0, 4_500).coolsDown("resting");

        assertThat(ids(priced("resting", 0, 0), cheap, full, priced("dear", 9, 9)))
                .containsExactly("dear", "cheap", "full", "resting");
    }

    private static Candidate priced(String id, double input, double output) {
        return new Candidate(id, NONE, -1, -1, input, output);
    }

    private List<String> ids(Candidate... candidates) {
        return new CostBased()
                .order(List.of(candidates), fleet, STREAM, new SplittableRandom(1)).stream()
                        .map(Candidate::deploymentId)
                        .toList();
    }
}

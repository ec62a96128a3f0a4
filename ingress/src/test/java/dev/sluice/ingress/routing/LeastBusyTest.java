package dev.sluice.ingress.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

class LeastBusyTest {

    private static final RequestTraits STREAM = new RequestTraits(true, 1_500);
    private static final List<Candidate> THREE =
            List.of(Candidate.of("a"), Candidate.of("b"), Candidate.of("c"));

    private final TestingFleet fleet = new TestingFleet();
    private final LeastBusy strategy = new LeastBusy();

    /** R9 of LiteLLM's suite. */
    @Test
    void picksTheOneWithFewestOpenCalls() {
        fleet.serves("a", 54).serves("b", 10).serves("c", 100);

        assertThat(ids()).containsExactly("b", "a", "c");
    }

    @Test
    void countsTheOpenCallsOfTheOtherIngresses() {
        fleet.serves("a", 1).servesElsewhere("a", 9).serves("b", 5).serves("c", 7);

        assertThat(ids()).containsExactly("b", "c", "a");
    }

    @Test
    void picksAnyOfThoseThatAreEquallyBusy() {
        fleet.serves("a", 3).serves("b", 2).serves("c", 2);
        var random = new SplittableRandom(7);

        long toB = IntStream.range(0, 2_000).filter(_ -> first(random).equals("b")).count();

        assertThat(toB / 2_000.0).isCloseTo(0.5, within(0.05));
    }

    @Test
    void putsCooledDownCandidatesLastButKeepsThem() {
        fleet.coolsDown("a").serves("b", 5).serves("c", 6);

        assertThat(ids()).containsExactly("b", "c", "a");
    }

    private String first(SplittableRandom random) {
        return strategy.order(THREE, fleet, STREAM, random).getFirst().deploymentId();
    }

    private List<String> ids() {
        return strategy.order(THREE, fleet, STREAM, new SplittableRandom(1)).stream()
                .map(Candidate::deploymentId)
                .toList();
    }
}

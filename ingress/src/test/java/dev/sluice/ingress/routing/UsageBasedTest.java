package dev.sluice.ingress.routing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

class UsageBasedTest {

    private static final RequestTraits STREAM = new RequestTraits(true, 4_000);
    private static final double NONE = Double.NaN;

    private final TestingFleet fleet = new TestingFleet();

    @Test
    void picksTheOneWithFewestTokensInThisMinute() {
        fleet.used("a", 1, 900).used("b", 50, 100).used("c", 2, 500);

        assertThat(
                        ids(
                                UsageBased.v2(),
                                limited("a", -1, -1),
                                limited("b", -1, -1),
                                limited("c", -1, -1)))
                .containsExactly("b", "c", "a");
    }

    @Test
    void leavesOutWhoWouldGetOneCallOrTokenTooMany() {
        fleet.used("requests", 10, 0).used("tokens", 0, 9_001).used("fits", 9, 9_000);

        assertThat(
                        ids(
                                UsageBased.v2(),
                                limited("requests", 10, -1),
                                limited("tokens", -1, 10_000),
                                limited("fits", 10, 10_000)))
                .containsExactly("fits");
    }

    @Test
    void leavesNobodyWhereAllAreOverTheirLimits() {
        fleet.used("a", 10, 0).used("b", 10, 0);

        assertThat(ids(UsageBased.v2(), limited("a", 10, -1), limited("b", 10, -1))).isEmpty();
    }

    @Test
    void picksAnyOfEqualsOrInTheOldFormTheFirst() {
        Candidate[] two = {limited("a", -1, -1), limited("b", -1, -1)};
        Set<String> firsts = new HashSet<>();
        var random = new SplittableRandom(3);
        for (int i = 0; i < 100; i++) {
            firsts.add(
                    UsageBased.v2()
                            .order(List.of(two), fleet, STREAM, random)
                            .getFirst()
                            .deploymentId());
        }

        assertThat(firsts).containsExactlyInAnyOrder("a", "b");
        assertThat(ids(UsageBased.legacy(), two)).containsExactly("a", "b");
    }

    @Test
    void putsCooledDownCandidatesLast() {
        fleet.coolsDown("a").used("b", 0, 1_000);

        assertThat(ids(UsageBased.v2(), limited("a", -1, -1), limited("b", -1, -1)))
                .containsExactly("b", "a");
    }

    private static Candidate limited(String id, long rpm, long tpm) {
        return new Candidate(id, NONE, rpm, tpm);
    }

    private List<String> ids(UsageBased strategy, Candidate... candidates) {
        return strategy.order(List.of(candidates), fleet, STREAM, new SplittableRandom(1)).stream()
                .map(Candidate::deploymentId)
                .toList();
    }
}

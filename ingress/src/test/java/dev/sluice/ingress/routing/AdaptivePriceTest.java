package dev.sluice.ingress.routing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.SplittableRandom;

/** What {@code adaptive} gives for a lower price. */
class AdaptivePriceTest {

    private static final RequestTraits STREAM = new RequestTraits(true, 1_000, 0, 0);

    private final SplittableRandom random = new SplittableRandom(1);

    @Test
    void isNothingWithoutAWeight() {
        assertThat(firstOf(0, fleet(300, 400), priced("fast", 1_000), priced("cheap", 1)))
                .isEqualTo("fast");
    }

    @Test
    void isTwiceTheTimeForTwiceThePriceAtMost() {
        List<Candidate> both = List.of(priced("fast", 2), priced("cheap", 1));

        assertThat(firstOf(1, fleet(300, 590), both)).isEqualTo("cheap");
        assertThat(firstOf(1, fleet(300, 610), both)).isEqualTo("fast");
        assertThat(firstOf(0.5, fleet(300, 440), both)).isEqualTo("cheap");
        assertThat(firstOf(0.5, fleet(300, 460), both)).isEqualTo("fast");
    }

    @Test
    void takesWhoHasNoKnownPriceForAsDearAsTheDearest() {
        List<Candidate> all = List.of(Candidate.of("fast"), priced("cheap", 1), priced("other", 2));

        assertThat(firstOf(1, fleet(300, 590), all)).isEqualTo("cheap");
        assertThat(firstOf(1, fleet(300, 610), all)).isEqualTo("fast");
        assertThat(firstOf(1, fleet(300, 310), Candidate.of("cheap"), Candidate.of("fast")))
                .isEqualTo("fast");
    }

    @Test
    void findsWhatIsFreeAHundredTimesCheaperAndNoMore() {
        List<Candidate> both = List.of(priced("fast", 5), priced("cheap", 0));

        assertThat(firstOf(1, fleet(100, 9_000), both)).isEqualTo("cheap");
        assertThat(firstOf(1, fleet(100, 11_000), both)).isEqualTo("fast");
    }

    private static TestingFleet fleet(double fastMillis, double cheapMillis) {
        return new TestingFleet()
                .sees("fast", TestingSight.of(fastMillis))
                .sees("cheap", TestingSight.of(cheapMillis))
                .sees("other", TestingSight.of(60_000));
    }

    private static Candidate priced(String id, double price) {
        return new Candidate(id, Double.NaN, -1, -1, price, price);
    }

    private String firstOf(double weight, FleetView fleet, Candidate... candidates) {
        return firstOf(weight, fleet, List.of(candidates));
    }

    private String firstOf(double weight, FleetView fleet, List<Candidate> candidates) {
        return new Adaptive(Adaptive.Tuning.DEFAULTS.withPriceWeight(weight))
                .order(candidates, fleet, STREAM, random)
                .getFirst()
                .deploymentId();
    }
}

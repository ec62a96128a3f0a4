package dev.sluice.ingress.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.routing.Assessment.Opinion;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What a strategy tells of its decision is what decides, in any fleet. */
class AssessmentTest {

    private static final int FLEETS = 150;
    private static final int DRAWS = 1_500;

    static Stream<RoutingStrategy> strategies() {
        return Stream.of(
                new Adaptive(Adaptive.Tuning.DEFAULTS),
                new Adaptive(new Adaptive.Tuning(2, 0.2, 0.3, 3, 10, 1.6, 0.5)),
                new LatencyBased(Duration.ofMillis(20), 0.1),
                new LeastBusy(),
                new CostBased(),
                UsageBased.legacy(),
                UsageBased.v2(),
                new SimpleShuffle());
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void triesByTierAndOnlyThoseThatHaveOne(RoutingStrategy strategy) {
        for (int seed = 0; seed < FLEETS; seed++) {
            var random = new SplittableRandom(seed);
            Scene scene = new Scene(random);
            Map<Candidate, Opinion> opinions = scene.opinions(strategy);

            for (int draw = 0; draw < 20; draw++) {
                List<Candidate> order =
                        strategy.order(scene.candidates, scene.fleet, scene.traits, random);

                assertThat(order)
                        .containsExactlyInAnyOrderElementsOf(
                                scene.candidates.stream()
                                        .filter(each -> opinion(opinions, each).tier() >= 0)
                                        .toList());
                // Adaptive draws its first; a quiet one or an unexplored one may be of any tier.
                int drawn = strategy instanceof Adaptive ? 1 : 0;
                assertThat(order.stream().skip(drawn).map(each -> opinion(opinions, each).tier()))
                        .isSorted();
                if (isByScore(strategy)) {
                    assertThat(
                                    order.stream()
                                            .skip(drawn)
                                            .map(each -> opinion(opinions, each))
                                            .toList())
                            .isSortedAccordingTo((a, b) ->
                                    a.tier() == b.tier()
                                            ? Double.compare(a.score(), b.score())
                                            : 0);
                }
            }
        }
    }

    private static Opinion opinion(Map<Candidate, Opinion> opinions, Candidate candidate) {
        return requireNonNull(opinions.get(candidate), candidate.deploymentId());
    }

    private static boolean isByScore(RoutingStrategy strategy) {
        return !(strategy instanceof SimpleShuffle || strategy instanceof LatencyBased);
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void goesFirstAsOftenAsItSays(RoutingStrategy strategy) {
        for (int seed = 0; seed < FLEETS; seed++) {
            var random = new SplittableRandom(seed);
            Scene scene = new Scene(random);
            Map<Candidate, Opinion> opinions = scene.opinions(strategy);
            if (strategy.order(scene.candidates, scene.fleet, scene.traits, random).isEmpty()) {
                assertThat(opinions.values()).allMatch(opinion -> opinion.tier() < 0);
                continue;
            }
            assertThat(opinions.values().stream().mapToDouble(Opinion::chance).sum())
                    .isCloseTo(1, within(1e-9));

            Map<Candidate, Long> firsts =
                    IntStream.range(0, DRAWS)
                            .mapToObj(_ ->
                                    strategy.order(
                                                    scene.candidates,
                                                    scene.fleet,
                                                    scene.traits,
                                                    random)
                                            .getFirst())
                            .collect(
                                    Collectors.groupingBy(
                                            Function.identity(), Collectors.counting()));

            for (Candidate candidate : scene.candidates) {
                double chance = opinion(opinions, candidate).chance();
                double sigma = Math.sqrt(chance * (1 - chance) / DRAWS);
                assertThat(firsts.getOrDefault(candidate, 0L) / (double) DRAWS)
                        .as("%s in fleet %d: %s", candidate.deploymentId(), seed, opinions)
                        .isCloseTo(chance, within(5.5 * sigma + 2.0 / DRAWS));
            }
        }
    }

    /** A fleet with all that strategies go by, in which equals are not rare. */
    private static final class Scene {
        private final TestingFleet fleet = new TestingFleet();
        private final List<Candidate> candidates = new ArrayList<>();
        private final RequestTraits traits;

        Scene(SplittableRandom random) {
            traits =
                    new RequestTraits(
                            random.nextBoolean(),
                            1 + random.nextInt(50_000),
                            250,
                            random.nextBoolean() ? 0 : random.nextLong());
            int size = 1 + random.nextInt(random.nextInt(5) == 0 ? 30 : 8);
            for (int i = 0; i < size; i++) {
                candidates.add(candidate("d" + i, random));
            }
        }

        Map<Candidate, Opinion> opinions(RoutingStrategy strategy) {
            List<Opinion> opinions = strategy.assess(candidates, fleet, traits).opinions();
            assertThat(opinions.stream().map(Opinion::candidate).toList()).isEqualTo(candidates);
            return opinions.stream()
                    .collect(Collectors.toMap(Opinion::candidate, Function.identity()));
        }

        private Candidate candidate(String id, SplittableRandom random) {
            if (random.nextInt(8) > 0) {
                fleet.sees(
                        id,
                        TestingSight.of(100 * random.nextInt(1, 6))
                                .failing(random.nextInt(4) == 0 ? random.nextDouble() : 0)
                                .late(random.nextInt(3))
                                .quiet(random.nextInt(200), random.nextInt(3))
                                .using(random.nextDouble() * 1.2));
                fleet.knows(
                        id, 100 * random.nextInt(1, 4), 1_000, random.nextInt(5) == 0 ? 0.6 : 0);
                fleet.heard(id, random.nextInt(120));
            }
            if (random.nextInt(6) == 0) {
                fleet.coolsDown(id);
            }
            fleet.serves(id, random.nextInt(3)).servesElsewhere(id, random.nextInt(2));
            fleet.used(id, random.nextInt(10), 1_000L * random.nextInt(4));
            double price = random.nextInt(3) == 0 ? Double.NaN : random.nextInt(1, 3);
            return new Candidate(
                    id,
                    random.nextInt(3) == 0 ? Double.NaN : random.nextInt(4),
                    random.nextInt(3) == 0 ? 9 : -1,
                    random.nextInt(3) == 0 ? 12_000 : -1,
                    price,
                    price);
        }
    }
}

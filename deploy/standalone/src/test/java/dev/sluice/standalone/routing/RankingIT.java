package dev.sluice.standalone.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.Ingress;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * Strategies compared as they run, two ingresses each, in real time: what the laboratory finds is
 * found here too. The whole comparison takes six minutes: {@code -Dsluice.ranking=full}; it prints
 * the table of docs/routing.md.
 */
final class RankingIT {

    private static final Logger LOGGER = LoggerFactory.getLogger(RankingIT.class);
    private static final int DEPLOYMENTS = 4;
    private static final int PLACES = 12;
    private static final double CALLS_A_SECOND = 24;
    private static final List<String> STRATEGIES =
            List.of("adaptive", "latency-based-routing", "simple-shuffle");

    @TempDir private Path folder;

    /** One strategy under one fault. */
    private record Result(int calls, double p50, double p95, double p99, long errors) {

        static Result of(List<Sample> samples) {
            return new Result(
                    samples.size(),
                    Sample.firstToken(samples, 50),
                    Sample.firstToken(samples, 95),
                    Sample.firstToken(samples, 99),
                    samples.stream().filter(sample -> !sample.isServed()).count());
        }

        String row(String scenario, String strategy) {
            return "| %s | %s | %d | %.2f | %.2f | %.2f | %d |"
                    .formatted(scenario, strategy, calls, p50, p95, p99, errors);
        }
    }

    @Test
    void adaptiveIsBetterThanShufflingWhereADeploymentBecomesSlow() throws Exception {
        Result adaptive = play("adaptive", rig -> rig.slow(1, 5), Duration.ofSeconds(12));
        Result shuffle = play("simple-shuffle", rig -> rig.slow(1, 5), Duration.ofSeconds(12));

        assertThat(adaptive.errors).isZero();
        assertThat(adaptive.p95).isLessThan(shuffle.p95);
        assertThat(adaptive.p99).isLessThan(shuffle.p99);
    }

    @Test
    @EnabledIfSystemProperty(named = "sluice.ranking", matches = "full")
    void strategiesRankAsInTheLaboratory() throws Exception {
        Map<String, Consumer<RoutingRig>> faults =
                Map.of(
                        "S1", rig -> rig.slow(0, 3),
                        "S2", rig -> rig.slow(1, 5),
                        "S5", rig -> rig.fail(3));
        List<String> table = new ArrayList<>();
        for (String scenario : List.of("S1", "S2", "S5")) {
            Map<String, Result> results = new HashMap<>();
            for (String strategy : STRATEGIES) {
                Result result =
                        play(
                                strategy,
                                requireNonNull(faults.get(scenario)),
                                Duration.ofSeconds(25));
                results.put(strategy, result);
                table.add(result.row(scenario, strategy));
                LOGGER.info("{}", table.getLast());
            }
            Result adaptive = requireNonNull(results.get("adaptive"));
            assertThat(adaptive.errors).as(scenario).isZero();
            for (Result other : results.values()) {
                assertThat(adaptive.p99).as(scenario).isLessThanOrEqualTo(1.1 * other.p99);
            }
        }
        LOGGER.info("\n{}", String.join("\n", table));
    }

    /** The fault begins with the calls that count; those before it are not counted. */
    private Result play(String strategy, Consumer<RoutingRig> fault, Duration duration)
            throws Exception {
        Path home = folder.resolve("r" + System.nanoTime());
        String router = "  routing_strategy: %s\n".formatted(strategy);
        try (var rig = new RoutingRig(home, DEPLOYMENTS, PLACES, router)) {
            List<Ingress> ingresses = List.of(rig.startIngress(), rig.startIngress());
            await().atMost(Duration.ofSeconds(30))
                    .until(() ->
                            rig.isWorkerReady() && ingresses.stream().allMatch(Ingress::ready));
            try (var callers = new OpenLoop(ingresses, 1)) {
                callers.run(CALLS_A_SECOND, Duration.ofSeconds(4));
                List<Future<Sample>> begun = callers.begin(CALLS_A_SECOND, duration);
                fault.accept(rig);
                return Result.of(OpenLoop.all(begun));
            }
        }
    }
}

package dev.sluice.ingress.routing;

import dev.sluice.ingress.candidates.CandidateRules;
import dev.sluice.ingress.candidates.Choice;
import dev.sluice.ingress.candidates.Member;
import dev.sluice.ingress.candidates.Wanted;
import dev.sluice.ingress.fleet.AttemptRecorder;
import dev.sluice.ingress.fleet.FleetStates;
import dev.sluice.ingress.fleet.Flight;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * A decision among twenty deployments, each with some open calls, over the sights of production:
 * {@code java -cp ... org.openjdk.jmh.Main RoutingBenchmark}, see {@code docs/routing.md}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RoutingBenchmark {

    private static final int DEPLOYMENTS = 20;
    private static final RequestTraits TRAITS = new RequestTraits(true, 6_000, 250, 77);

    @Param({"adaptive", "simple-shuffle", "latency", "least-busy", "usage", "cost"})
    private String strategyName = "adaptive";

    private final List<Candidate> candidates =
            IntStream.range(0, DEPLOYMENTS).mapToObj(i -> Candidate.of("d" + i)).toList();
    private final AttemptRecorder recorder =
            new AttemptRecorder(candidates.stream().map(Candidate::deploymentId).toList());
    private final FleetStates fleet = new FleetStates(recorder, InstantSource.system());
    private final SplittableRandom random = new SplittableRandom(1);
    private final List<Member> members = candidates.stream().map(Member::of).toList();
    private final CandidateRules rules =
            new CandidateRules(
                    /* filtersTags= */ false, /* matchesAny= */ true, /* checksCalls= */ true);
    private final Wanted anything = Wanted.anything();
    private RoutingStrategy strategy = new SimpleShuffle();

    /** Ten answered calls and five open ones at each. */
    @Setup
    public void call() {
        strategy =
                switch (strategyName) {
                    case "adaptive" -> new Adaptive(Adaptive.Tuning.DEFAULTS);
                    case "latency" -> new LatencyBased(Duration.ZERO, 0);
                    case "least-busy" -> new LeastBusy();
                    case "usage" -> UsageBased.v2();
                    case "cost" -> new CostBased();
                    default -> new SimpleShuffle();
                };
        for (Candidate candidate : candidates) {
            for (int i = 0; i < 15; i++) {
                Flight flight = recorder.started(candidate.deploymentId(), TRAITS);
                if (i < 10) {
                    flight.contentArrived();
                    flight.succeeded(1_500, 200);
                }
            }
        }
    }

    @Benchmark
    public List<Candidate> order() {
        return strategy.order(candidates, fleet, TRAITS, random);
    }

    /** With what goes before: who rests, in which order and how far away each is. */
    @Benchmark
    public List<Candidate> chooseAndOrder() {
        return switch (rules.choose(members, anything, recorder.rests()::leftNanos)) {
            case Choice.None _ -> List.of();
            case Choice.May(var tiers, _) ->
                    strategy.order(tiers.getFirst(), fleet, TRAITS, random);
        };
    }
}

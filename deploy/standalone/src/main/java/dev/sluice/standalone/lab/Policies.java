package dev.sluice.standalone.lab;

import dev.sluice.ingress.routing.Adaptive;
import dev.sluice.ingress.routing.Candidate;
import dev.sluice.ingress.routing.CostBased;
import dev.sluice.ingress.routing.LatencyBased;
import dev.sluice.ingress.routing.LeastBusy;
import dev.sluice.ingress.routing.RoutingStrategy;
import dev.sluice.ingress.routing.SimpleShuffle;
import dev.sluice.ingress.routing.UsageBased;
import dev.sluice.standalone.lab.Scenario.Deployment;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Who is compared, by name. */
final class Policies {

    /** Dollars for a million tokens, in picodollars for one. */
    private static final double PICO_A_TOKEN = 1e6;

    private Policies() {}

    /** Makes the policy of one gateway. */
    interface Maker {
        Policy make(Simulation clock, List<Deployment> deployments, int gateway, long seed);
    }

    static Map<String, Maker> all() {
        Map<String, Maker> makers = new LinkedHashMap<>();
        makers.put("adaptive", ours(new Adaptive(Adaptive.Tuning.DEFAULTS)));
        makers.put("simple-shuffle", ours(new SimpleShuffle()));
        makers.put("latency-based-routing", ours(new LatencyBased(Duration.ZERO, 0)));
        makers.put("least-busy", ours(new LeastBusy()));
        makers.put("usage-based-routing-v2", ours(UsageBased.v2()));
        makers.put("cost-based-routing", ours(new CostBased()));
        makers.put(
                "litellm simple-shuffle",
                (clock, deployments, _, seed) ->
                        new LiteLlm.Shuffle(clock, deployments.size(), seed));
        makers.put(
                "litellm latency-based",
                (clock, deployments, _, seed) ->
                        new LiteLlm.Latency(clock, deployments.size(), seed));
        makers.put(
                "litellm least-busy",
                (clock, deployments, _, seed) ->
                        new LiteLlm.LeastBusy(clock, deployments.size(), seed));
        makers.put(
                "litellm usage-based-v2",
                (clock, deployments, _, seed) ->
                        new LiteLlm.Usage(clock, deployments.size(), seed));
        makers.put(
                "p2c peak-ewma",
                (clock, deployments, _, seed) -> new PeakEwma(clock, deployments.size(), seed));
        return makers;
    }

    static Maker ours(RoutingStrategy strategy) {
        return (clock, deployments, gateway, seed) ->
                new SluicePolicy(strategy, candidates(deployments), clock, "i" + gateway, seed);
    }

    private static List<Candidate> candidates(List<Deployment> deployments) {
        List<Candidate> candidates = new ArrayList<>();
        for (int i = 0; i < deployments.size(); i++) {
            Deployment deployment = deployments.get(i);
            candidates.add(
                    new Candidate(
                            "d" + i,
                            Double.NaN,
                            -1,
                            -1,
                            deployment.inputPrice() * PICO_A_TOKEN,
                            deployment.outputPrice() * PICO_A_TOKEN));
        }
        return candidates;
    }
}

package dev.sluice.standalone.lab;

import dev.sluice.standalone.lab.Scenario.Fault;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Plays scenarios under each strategy, in virtual time: the same seed, the same result. */
public final class Laboratory {

    private static final Duration KAFKA_WAY = Duration.ofMillis(40);

    /** What happens after the last arrival still counts for those who came before. */
    private static final long AFTERMATH_MICROS = 120_000_000;

    private final List<Scenario> scenarios;
    private final Arrivals arrivals;

    /**
     * A laboratory for some scenarios.
     *
     * @param traces the folder of recorded arrivals; null or absent: arrivals are made up
     * @param wanted names; none means all
     * @throws IOException if the scenario file cannot be read, or has none of that name
     */
    public Laboratory(@Nullable Path traces, Set<String> wanted) throws IOException {
        List<Scenario> all = ScenarioFile.read();
        for (String name : wanted) {
            if (all.stream().noneMatch(scenario -> scenario.name().equals(name))) {
                throw new IOException("no scenario is called " + name);
            }
        }
        this.scenarios =
                all.stream()
                        .filter(scenario -> wanted.isEmpty() || wanted.contains(scenario.name()))
                        .toList();
        this.arrivals = new Arrivals(traces);
    }

    /**
     * Plays all scenarios with so many seeds and prints a table of each.
     *
     * @throws IOException if a trace cannot be read
     */
    public void run(long firstSeed, int seeds, Consumer<String> lines) throws IOException {
        for (Scenario scenario : scenarios) {
            if (!arrivals.has(scenario)) {
                lines.accept(
                        "%s: trace %s is not there; arrivals are made up"
                                .formatted(scenario.name(), scenario.traffic().trace()));
            }
            Map<String, List<Outcome>> outcomes = new LinkedHashMap<>();
            for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
                List<Arrival> calls = arrivals.of(scenario, seed);
                for (Map.Entry<String, Policies.Maker> policy : Policies.all().entrySet()) {
                    outcomes.computeIfAbsent(policy.getKey(), _ -> new ArrayList<>())
                            .add(play(scenario, calls, policy.getValue(), seed));
                }
            }
            Report.of(scenario, outcomes).forEach(lines);
        }
    }

    /** One run: a strategy under a scenario's calls. */
    static Outcome play(Scenario scenario, List<Arrival> calls, Policies.Maker maker, long seed) {
        var simulation = new Simulation();
        var ledger = new Ledger(scenario, calls);
        List<GatewayNode> gateways = new ArrayList<>();
        List<FleetMember> members = new ArrayList<>();
        for (int i = 0; i < scenario.gateways(); i++) {
            Policy policy = maker.make(simulation, scenario.deployments(), i, seed * 31 + i);
            if (policy instanceof FleetMember member) {
                members.add(member);
            }
            gateways.add(new GatewayNode(simulation, scenario, policy, ledger));
        }
        List<SimulatedDeployment> deployments = deployments(scenario, simulation, seed);
        gateways.forEach(gateway -> gateway.reaches(deployments));
        if (!members.isEmpty()) {
            new FleetBus(simulation, members, KAFKA_WAY).start();
        }
        for (Arrival call : calls) {
            GatewayNode gateway = gateways.get(call.number() % gateways.size());
            simulation.at(call.atMicros(), () -> gateway.call(call));
        }
        simulation.run(scenario.micros() + AFTERMATH_MICROS);
        return ledger.outcome(
                deployments.stream().mapToDouble(SimulatedDeployment::spentDollars).sum());
    }

    private static List<SimulatedDeployment> deployments(
            Scenario scenario, Simulation simulation, long seed) {
        List<SimulatedDeployment> deployments = new ArrayList<>();
        for (int i = 0; i < scenario.deployments().size(); i++) {
            int number = i;
            List<Fault> faults =
                    scenario.faults().stream()
                            .filter(fault -> fault.deployment() == number)
                            .toList();
            deployments.add(
                    new SimulatedDeployment(
                            simulation, scenario.deployments().get(i), faults, seed * 17 + i));
        }
        return deployments;
    }
}

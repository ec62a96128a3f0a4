package dev.sluice.standalone.lab;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** What a gateway decides that has just begun, and one that hears nothing of the fleet. */
class FreshGatewayTest {

    private static final Duration WAY = Duration.ofMillis(40);
    private static final int SEEDS = 5;
    private static final int BEGINS = 70;
    private static final double SECOND = Scenario.MICROS_A_SECOND;

    private final Simulation simulation = new Simulation();
    private final List<Chosen> chosen = new ArrayList<>();
    private final List<FleetMember> members = new ArrayList<>();

    private record Chosen(long atMicros, int gateway, int deployment) {}

    /** Tells where calls go. */
    private record Watched(Policy policy, int gateway, FreshGatewayTest test) implements Policy {

        @Override
        public int choose(Attempt.Call call) {
            int deployment = policy.choose(call);
            test.chosen.add(new Chosen(test.simulation.now(), gateway, deployment));
            return deployment;
        }

        @Override
        public void sent(Attempt attempt) {
            policy.sent(attempt);
        }

        @Override
        public void answered(Attempt attempt) {
            policy.answered(attempt);
        }

        @Override
        public void ended(Attempt attempt) {
            policy.ended(attempt);
        }

        @Override
        public void failed(Attempt attempt, Attempt.Failure failure) {
            policy.failed(attempt, failure);
        }

        @Override
        public long waitMicros(Attempt.Call call, Attempt.Failure failure) {
            return policy.waitMicros(call, failure);
        }
    }

    /** Deployment 3 of S8 is cold from second 60 to 80, and then half as fast until 100. */
    @Test
    void spendsNoCallOnTheColdDeploymentThatItWouldElseHaveToTry() throws Exception {
        assertThat(callsOfTheSick("S8", 3, /* isHeard= */ true)).isZero();
        assertThat(callsOfTheSick("S8", 3, /* isHeard= */ false)).isEqualTo(SEEDS);
    }

    @Test
    void spendsNoCallOnTheSlowDeploymentThatItWouldElseHaveToTry() throws Exception {
        assertThat(callsOfTheSick("S2", 1, /* isHeard= */ true)).isZero();
        assertThat(callsOfTheSick("S2", 1, /* isHeard= */ false)).isEqualTo(SEEDS);
    }

    /** What becomes slow is left all the same. */
    @Test
    void goesByWhatItSeesWhereTheFleetIsSilent() throws Exception {
        Scenario scenario = scenario("S2");
        play(scenario, 60, 1, /* isHeard= */ false);

        long slowSince = (long) (65 * SECOND);
        long slowUntil = (long) (120 * SECOND);
        List<Chosen> meanwhile =
                chosen.stream()
                        .filter(each -> each.atMicros > slowSince && each.atMicros < slowUntil)
                        .toList();
        assertThat(meanwhile).hasSizeGreaterThan(1_000);
        assertThat(meanwhile.stream().filter(each -> each.deployment == 1).count())
                .isLessThan(meanwhile.size() / 10);
    }

    /** Of the first calls of a second gateway, as many as there are deployments, over the seeds. */
    private long callsOfTheSick(String name, int sick, boolean isHeard) throws IOException {
        Scenario scenario = scenario(name);
        long calls = 0;
        for (int seed = 1; seed <= SEEDS; seed++) {
            var test = new FreshGatewayTest();
            test.play(scenario, BEGINS, seed, isHeard);
            calls +=
                    test.chosen.stream()
                            .filter(each -> each.gateway == 1)
                            .limit(scenario.deployments().size())
                            .filter(each -> each.deployment == sick)
                            .count();
        }
        return calls;
    }

    /** Half of the calls go to a second gateway from that second on. */
    private void play(Scenario scenario, int begins, int seed, boolean isHeard) throws IOException {
        List<Arrival> calls = new Arrivals(null).of(scenario, seed);
        var ledger = new Ledger(scenario, calls);
        List<SimulatedDeployment> deployments =
                IntStream.range(0, scenario.deployments().size())
                        .mapToObj(i ->
                                new SimulatedDeployment(
                                        simulation,
                                        scenario.deployments().get(i),
                                        scenario.faults().stream()
                                                .filter(fault -> fault.deployment() == i)
                                                .toList(),
                                        seed * 17 + i))
                        .toList();
        List<GatewayNode> gateways =
                IntStream.range(0, 2)
                        .mapToObj(i -> gateway(i, scenario, ledger, deployments, seed))
                        .toList();
        if (isHeard) {
            new FleetBus(simulation, members, WAY).start();
        }
        for (Arrival call : calls) {
            boolean isForSecond = call.atMicros() >= begins * SECOND && call.number() % 2 == 1;
            GatewayNode gateway = gateways.get(isForSecond ? 1 : 0);
            simulation.at(call.atMicros(), () -> gateway.call(call));
        }
        simulation.run((long) ((begins + 60) * SECOND));
    }

    private GatewayNode gateway(
            int number,
            Scenario scenario,
            Ledger ledger,
            List<SimulatedDeployment> deployments,
            int seed) {
        Policy policy =
                requireNonNull(Policies.all().get("adaptive"))
                        .make(simulation, scenario.deployments(), number, seed * 31 + number);
        members.add((FleetMember) policy);
        var gateway =
                new GatewayNode(simulation, scenario, new Watched(policy, number, this), ledger);
        gateway.reaches(deployments);
        return gateway;
    }

    private static Scenario scenario(String name) throws IOException {
        return ScenarioFile.read().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}

package dev.sluice.standalone.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.standalone.lab.Attempt.Call;
import dev.sluice.standalone.lab.Attempt.Failure;
import dev.sluice.standalone.lab.Scenario.Deployment;
import dev.sluice.standalone.lab.Scenario.Fault;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

class SimulatedDeploymentTest {

    private static final double FOR_EVER = Double.MAX_VALUE;
    private static final Deployment ONE_SERVER = new Deployment(1, 100, 50, 10, 0, 0, 0, 2, 8);

    private final Simulation simulation = new Simulation();
    private final List<String> told = new ArrayList<>();
    private final Attempt.Listener listener =
            new Attempt.Listener() {
                @Override
                public void answered(Attempt attempt) {
                    tell(attempt, "answered");
                }

                @Override
                public void ended(Attempt attempt) {
                    tell(attempt, "ended");
                }

                @Override
                public void failed(Attempt attempt, Failure failure) {
                    tell(attempt, failure.status() + " " + failure.retryAfterSeconds());
                }
            };

    @Test
    void readsThePromptThenWritesTheAnswerOneCallAfterTheOther() {
        SimulatedDeployment deployment = deployment(ONE_SERVER);
        deployment.offer(attempt(1, 1_000, 11));
        deployment.offer(attempt(2, 2_000, 1));

        simulation.run(10_000_000);

        assertThat(told)
                .containsExactly(
                        "150 ms: 1 answered",
                        "250 ms: 1 ended",
                        "450 ms: 2 answered",
                        "450 ms: 2 ended");
        assertThat(deployment.spentDollars()).isCloseTo((3_000 * 2 + 12 * 8) / 1e6, within(1e-9));
    }

    @Test
    void freesTheServerOfACallThatIsGivenUp() {
        SimulatedDeployment deployment = deployment(ONE_SERVER);
        Attempt first = attempt(1, 1_000, 500);
        Attempt second = attempt(2, 1_000, 500);
        deployment.offer(first);
        deployment.offer(second);
        deployment.offer(attempt(3, 1_000, 1));
        simulation.at(50_000, () -> deployment.cancel(second));
        simulation.at(100_000, () -> deployment.cancel(first));

        simulation.run(10_000_000);

        assertThat(told).containsExactly("250 ms: 3 answered", "250 ms: 3 ended");
    }

    @Test
    void isSlowOrFailsOrSwallowsCallsWhileAFaultLasts() {
        SimulatedDeployment slow = deployment(ONE_SERVER, new Fault(0, 0, 1, 3, 0, false, 0));
        slow.offer(attempt(1, 1_000, 1));
        SimulatedDeployment failing = deployment(ONE_SERVER, new Fault(0, 0, 1, 1, 1, false, 0));
        failing.offer(attempt(2, 1_000, 1));
        SimulatedDeployment hole = deployment(ONE_SERVER, new Fault(0, 0, 1, 1, 0, true, 0));
        hole.offer(attempt(3, 1_000, 1));
        SimulatedDeployment cold =
                deployment(ONE_SERVER, new Fault(0, 0, FOR_EVER, 1, 0, false, 5));
        cold.offer(attempt(4, 1_000, 1));
        simulation.at(2_000_000, () -> hole.offer(attempt(5, 1_000, 1)));

        simulation.run(10_000_000);

        assertThat(told)
                .containsExactly(
                        "30 ms: 2 500 -1",
                        "450 ms: 1 answered",
                        "450 ms: 1 ended",
                        "2150 ms: 5 answered",
                        "2150 ms: 5 ended",
                        "5150 ms: 4 answered",
                        "5150 ms: 4 ended");
    }

    @Test
    void refusesTokensBeyondItsRateAndSaysWhenToComeBack() {
        SimulatedDeployment deployment =
                deployment(new Deployment(9, 100, 50, 10, 60_000, 2, 0, 1, 1));
        deployment.offer(attempt(1, 1_499, 1));
        deployment.offer(attempt(2, 1_499, 1));
        simulation.at(1_000_000, () -> deployment.offer(attempt(3, 1_499, 1)));

        simulation.run(10_000_000);

        assertThat(told).contains("30 ms: 2 429 1").anyMatch(line -> line.endsWith("3 ended"));
    }

    @Test
    void readsWhatItHasReadBeforeInATenthOfTheTime() {
        SimulatedDeployment deployment =
                deployment(new Deployment(1, 100, 50, 10, 0, 0, 100, 1, 1));
        deployment.offer(attempt(1, 1_024, 1, 7, 8));
        deployment.offer(attempt(2, 1_024, 1, 7, 8));
        deployment.offer(attempt(3, 1_024, 1, 9, 8));

        simulation.run(10_000_000);

        assertThat(told).contains("151 ms: 1 ended", "256 ms: 2 ended", "407 ms: 3 ended");
    }

    private SimulatedDeployment deployment(Deployment model, Fault... faults) {
        return new SimulatedDeployment(simulation, model, List.of(faults), 1);
    }

    private Attempt attempt(int number, int promptTokens, int outputTokens, int... blocks) {
        var arrival = new Arrival(number, 0, promptTokens, outputTokens, blocks, 1, 1);
        return new Attempt(new Call(arrival), 0, 0, listener);
    }

    private void tell(Attempt attempt, String what) {
        told.add(
                "%d ms: %d %s"
                        .formatted(simulation.now() / 1_000, attempt.call.arrival.number(), what));
    }
}

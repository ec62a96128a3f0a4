package dev.sluice.standalone.lab;

import dev.sluice.standalone.lab.Attempt.Call;
import dev.sluice.standalone.lab.Attempt.Failure;

import java.util.List;

/** One ingress: attempts, deadlines and retries around a policy, as the dispatcher makes them. */
final class GatewayNode implements Attempt.Listener {

    private static final int TIMEOUT = 408;
    private static final int NONE_FREE = 429;

    private final Simulation simulation;
    private final Scenario scenario;
    private final Policy policy;
    private final Ledger ledger;
    private List<SimulatedDeployment> deployments = List.of();

    GatewayNode(Simulation simulation, Scenario scenario, Policy policy, Ledger ledger) {
        this.simulation = simulation;
        this.scenario = scenario;
        this.policy = policy;
        this.ledger = ledger;
    }

    void reaches(List<SimulatedDeployment> deployments) {
        this.deployments = deployments;
    }

    void call(Arrival arrival) {
        attempt(new Call(arrival));
    }

    private void attempt(Call call) {
        int chosen = policy.choose(call);
        if (chosen < 0) {
            ledger.refused(call.arrival, call.firstStatus == 0 ? NONE_FREE : call.firstStatus);
            return;
        }
        call.attempts++;
        ledger.attempted(call);
        var attempt = new Attempt(call, chosen, simulation.now(), this);
        policy.sent(attempt);
        simulation.after(
                (long) (scenario.firstByteSeconds() * Scenario.MICROS_A_SECOND),
                () -> giveUp(attempt));
        deployments.get(chosen).offer(attempt);
    }

    private void giveUp(Attempt attempt) {
        if (!attempt.hasAnswered && !attempt.isOver) {
            deployments.get(attempt.deployment).cancel(attempt);
            failed(attempt, new Failure(TIMEOUT, -1));
        }
    }

    @Override
    public void answered(Attempt attempt) {
        policy.answered(attempt);
        ledger.answered(attempt.call.arrival, simulation.now());
    }

    @Override
    public void ended(Attempt attempt) {
        policy.ended(attempt);
        ledger.ended(attempt.call.arrival, simulation.now());
    }

    @Override
    public void failed(Attempt attempt, Failure failure) {
        policy.failed(attempt, failure);
        Call call = attempt.call;
        call.firstStatus = call.firstStatus == 0 ? failure.status() : call.firstStatus;
        long wait = call.attempts <= scenario.retries() ? policy.waitMicros(call, failure) : -1;
        if (wait < 0) {
            ledger.refused(call.arrival, call.firstStatus);
        } else {
            simulation.after(wait, () -> attempt(call));
        }
    }
}

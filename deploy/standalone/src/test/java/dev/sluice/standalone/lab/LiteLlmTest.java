package dev.sluice.standalone.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.standalone.lab.Attempt.Call;
import dev.sluice.standalone.lab.Attempt.Failure;

import org.junit.jupiter.api.Test;

/** What LiteLLM does, also where that is a mistake: a rival made better than it is proves less. */
class LiteLlmTest {

    private final Simulation simulation = new Simulation();

    @Test
    void knowsLatencyWhenTheCallEndsAndTriesWhoHasNoneFirst() {
        var policy = new LiteLlm.Latency(simulation, 2, 1);
        Attempt open = sent(policy, 0);
        pass(500_000);
        policy.answered(open);

        assertThat(policy.choose(call())).isBetween(0, 1);
        pass(1_000_000);
        policy.ended(open);
        assertThat(policy.choose(call())).isEqualTo(1);
    }

    @Test
    void keepsTheFirstNineSamplesForEver() {
        var policy = new LiteLlm.Latency(simulation, 2, 1);
        for (int i = 0; i < 10; i++) {
            serve(policy, 0, 100_000);
            serve(policy, 1, 200_000);
        }
        for (int i = 0; i < 50; i++) {
            serve(policy, 0, 900_000);
        }

        // Nine of 0.1 s and one of 0.9 s are 0.18 s: less than 0.2 s.
        assertThat(policy.choose(call())).isEqualTo(0);
    }

    @Test
    void restsAfterA429AsLongAsItIsToldAndAfterMostCallsFailed() {
        var policy = new LiteLlm.Shuffle(simulation, 2, 1);
        Attempt limited = sent(policy, 0);
        policy.failed(limited, new Failure(429, 3));
        assertThat(policy.cooling.isOn(0)).isTrue();
        pass(3_000_000);
        assertThat(policy.cooling.isOn(0)).isFalse();

        for (int i = 0; i < 5; i++) {
            assertThat(policy.cooling.isOn(1)).isFalse();
            policy.failed(sent(policy, 1), new Failure(500, -1));
        }
        assertThat(policy.cooling.isOn(1)).isTrue();
    }

    @Test
    void hasNowhereToGoWhereAllRest() {
        var policy = new LiteLlm.Shuffle(simulation, 2, 1);
        policy.failed(sent(policy, 0), new Failure(429, 3));
        policy.failed(sent(policy, 1), new Failure(429, 3));

        assertThat(policy.choose(call())).isEqualTo(-1);
        assertThat(policy.waitMicros(call(), new Failure(429, 3))).isNegative();
    }

    @Test
    void countsOpenCallsAndTakesTheFirstOfEquals() {
        var policy = new LiteLlm.LeastBusy(simulation, 3, 1);
        assertThat(policy.choose(call())).isZero();
        sent(policy, 0);
        assertThat(policy.choose(call())).isEqualTo(1);
    }

    private void serve(Policy policy, int deployment, long firstTokenMicros) {
        Attempt attempt = sent(policy, deployment);
        pass(firstTokenMicros);
        policy.answered(attempt);
        policy.ended(attempt);
    }

    private Attempt sent(Policy policy, int deployment) {
        var attempt = new Attempt(call(), deployment, simulation.now(), new SilentListener());
        policy.sent(attempt);
        return attempt;
    }

    private static Call call() {
        return new Call(new Arrival(0, 0, 100, 1, new int[0], 1, 1));
    }

    private void pass(long micros) {
        long until = simulation.now() + micros;
        simulation.at(until, () -> {});
        simulation.run(until);
    }

    private static final class SilentListener implements Attempt.Listener {

        @Override
        public void answered(Attempt attempt) {}

        @Override
        public void ended(Attempt attempt) {}

        @Override
        public void failed(Attempt attempt, Failure failure) {}
    }
}

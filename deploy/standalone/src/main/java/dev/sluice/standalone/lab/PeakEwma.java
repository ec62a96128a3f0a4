package dev.sluice.standalone.lab;

import dev.sluice.standalone.lab.Attempt.Call;
import dev.sluice.standalone.lab.Attempt.Failure;

import java.util.Arrays;

/**
 * Power of two choices by peak EWMA times open calls, as tower's balancer, Helicone's and
 * agentgateway's have it: the time to the head of the answer, up at once, down by wall time. A call
 * is open until that head, and whatever ends it is a sample, a failure too. It cools down as
 * LiteLLM does: the formula says nothing of failures.
 */
final class PeakEwma extends ReselectingPolicy {

    private static final double DECAY_MICROS = 10e6;
    private static final double PRESUMED_MICROS = 30e3;

    private final double[] estimate;
    private final long[] updatedAt;
    private final int[] open;

    PeakEwma(Simulation clock, int deployments, long seed) {
        super(clock, deployments, seed);
        estimate = new double[deployments];
        updatedAt = new long[deployments];
        open = new int[deployments];
        Arrays.fill(estimate, PRESUMED_MICROS);
    }

    @Override
    int pick(Call call, int[] healthy, int count) {
        int a = random.nextInt(count);
        if (count == 1) {
            return healthy[a];
        }
        int b = (a + 1 + random.nextInt(count - 1)) % count;
        return load(healthy[a]) <= load(healthy[b]) ? healthy[a] : healthy[b];
    }

    private double load(int deployment) {
        sample(deployment, 0);
        return estimate[deployment] * (open[deployment] + 1);
    }

    private void sample(int deployment, double micros) {
        long now = clock.now();
        double elapsed = now - updatedAt[deployment];
        double decay = Math.exp(-elapsed / DECAY_MICROS);
        estimate[deployment] =
                micros > estimate[deployment]
                        ? micros
                        : estimate[deployment] * decay + micros * (1 - decay);
        updatedAt[deployment] = now;
    }

    @Override
    public void sent(Attempt attempt) {
        open[attempt.deployment]++;
    }

    @Override
    public void answered(Attempt attempt) {
        open[attempt.deployment]--;
        sample(attempt.deployment, (double) (clock.now() - attempt.sentAt));
    }

    @Override
    public void failed(Attempt attempt, Failure failure) {
        super.failed(attempt, failure);
        if (!attempt.hasAnswered) {
            open[attempt.deployment]--;
            sample(attempt.deployment, (double) (clock.now() - attempt.sentAt));
        }
    }
}

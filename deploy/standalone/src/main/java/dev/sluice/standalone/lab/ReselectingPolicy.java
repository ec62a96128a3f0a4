package dev.sluice.standalone.lab;

import dev.sluice.standalone.lab.Attempt.Call;
import dev.sluice.standalone.lab.Attempt.Failure;

import java.util.SplittableRandom;

/**
 * A gateway that chooses anew for each attempt among those that are not cooling down, as LiteLLM
 * does. It knows only what it saw itself.
 */
abstract class ReselectingPolicy implements Policy {

    private static final long HALF_A_SECOND = 500_000;

    final Simulation clock;
    final int deployments;
    final SplittableRandom random;
    final Cooling cooling;
    private final int[] healthy;

    ReselectingPolicy(Simulation clock, int deployments, long seed) {
        this.clock = clock;
        this.deployments = deployments;
        this.random = new SplittableRandom(seed);
        this.cooling = new Cooling(clock, deployments);
        this.healthy = new int[deployments];
    }

    /** One of the first so many of {@code healthy}; -1 for none. */
    abstract int pick(Call call, int[] healthy, int count);

    @Override
    public final int choose(Call call) {
        int count = healthy();
        return count == 0 ? -1 : pick(call, healthy, count);
    }

    private int healthy() {
        int count = 0;
        for (int i = 0; i < deployments; i++) {
            if (!cooling.isOn(i)) {
                healthy[count++] = i;
            }
        }
        return count;
    }

    @Override
    public void sent(Attempt attempt) {}

    @Override
    public void answered(Attempt attempt) {}

    @Override
    public void ended(Attempt attempt) {
        cooling.succeeded(attempt.deployment);
    }

    @Override
    public void failed(Attempt attempt, Failure failure) {
        cooling.failed(attempt.deployment, failure);
    }

    @Override
    public final long waitMicros(Call call, Failure failure) {
        int count = healthy();
        if (count == 0) {
            return -1;
        }
        return count > 1 || deployments > 1
                ? 0
                : failure.retryAfterSeconds() > 0
                        ? failure.retryAfterSeconds() * 1_000_000
                        : HALF_A_SECOND << call.attempts;
    }
}

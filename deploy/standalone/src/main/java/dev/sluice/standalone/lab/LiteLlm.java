package dev.sluice.standalone.lab;

import dev.sluice.standalone.lab.Attempt.Call;
import dev.sluice.standalone.lab.Attempt.Failure;

import java.util.Arrays;

/** LiteLLM's strategies as its source has them, with what is wrong with them. */
final class LiteLlm {

    private static final int LIST_MAX = 10;
    private static final double TIMEOUT_SAMPLE = 1000;
    private static final double MICROS_A_SECOND = 1e6;
    private static final long MINUTE_MICROS = 60_000_000;

    private LiteLlm() {}

    /** Any that is healthy. */
    static final class Shuffle extends ReselectingPolicy {

        Shuffle(Simulation clock, int deployments, long seed) {
            super(clock, deployments, seed);
        }

        @Override
        int pick(Call call, int[] healthy, int count) {
            return healthy[random.nextInt(count)];
        }
    }

    /** Fewest open calls of this process; of equals, the first. */
    static final class LeastBusy extends ReselectingPolicy {

        private final int[] open;

        LeastBusy(Simulation clock, int deployments, long seed) {
            super(clock, deployments, seed);
            open = new int[deployments];
        }

        @Override
        int pick(Call call, int[] healthy, int count) {
            // Over all, healthy or not: where the least busy one cools down, any other is taken.
            int least = 0;
            for (int i = 1; i < deployments; i++) {
                least = open[i] < open[least] ? i : least;
            }
            return cooling.isOn(least) ? healthy[random.nextInt(count)] : least;
        }

        @Override
        public void sent(Attempt attempt) {
            open[attempt.deployment]++;
        }

        @Override
        public void ended(Attempt attempt) {
            open[attempt.deployment]--;
            super.ended(attempt);
        }

        @Override
        public void failed(Attempt attempt, Failure failure) {
            open[attempt.deployment]--;
            super.failed(attempt, failure);
        }
    }

    /**
     * The lowest mean of a list of ten. A sample is known when the call ends, in seconds a token of
     * the answer; once the list is full, only its last place changes. The mean of times to first
     * token is divided by the length of the list of total times. No sample counts as 0.
     */
    static final class Latency extends ReselectingPolicy {

        private final SampleList[] totals;
        private final SampleList[] firstTokens;

        Latency(Simulation clock, int deployments, long seed) {
            super(clock, deployments, seed);
            totals = lists(deployments);
            firstTokens = lists(deployments);
        }

        private static SampleList[] lists(int count) {
            var lists = new SampleList[count];
            for (int i = 0; i < count; i++) {
                lists[i] = new SampleList();
            }
            return lists;
        }

        @Override
        int pick(Call call, int[] healthy, int count) {
            double lowest = Double.POSITIVE_INFINITY;
            for (int i = 0; i < count; i++) {
                lowest = Math.min(lowest, mean(healthy[i]));
            }
            int picked = healthy[0];
            int equals = 0;
            for (int i = 0; i < count; i++) {
                if (mean(healthy[i]) <= lowest && random.nextInt(++equals) == 0) {
                    picked = healthy[i];
                }
            }
            return picked;
        }

        private double mean(int deployment) {
            int count = totals[deployment].size;
            if (count == 0) {
                return 0;
            }
            SampleList used =
                    firstTokens[deployment].size > 0 ? firstTokens[deployment] : totals[deployment];
            return used.sum() / count;
        }

        @Override
        public void answered(Attempt attempt) {
            attempt.memo = clock.now();
        }

        @Override
        public void ended(Attempt attempt) {
            super.ended(attempt);
            int tokens = attempt.call.arrival.outputTokens();
            Object answeredAt = attempt.memo;
            if (answeredAt instanceof Long at) {
                firstTokens[attempt.deployment].add(
                        (at - attempt.sentAt) / MICROS_A_SECOND / tokens);
            }
            totals[attempt.deployment].add(
                    (clock.now() - attempt.sentAt) / MICROS_A_SECOND / tokens);
        }

        @Override
        public void failed(Attempt attempt, Failure failure) {
            super.failed(attempt, failure);
            if (failure.status() == 408) {
                totals[attempt.deployment].add(TIMEOUT_SAMPLE);
            }
        }
    }

    private static final class SampleList {

        private final double[] samples = new double[LIST_MAX];
        private int size;

        void add(double sample) {
            if (size < LIST_MAX) {
                samples[size++] = sample;
            } else {
                samples[LIST_MAX - 1] = sample;
            }
        }

        double sum() {
            double sum = 0;
            for (int i = 0; i < size; i++) {
                sum += samples[i];
            }
            return sum;
        }
    }

    /** Fewest tokens in this minute, counted when calls end; none is over a limit that none has. */
    static final class Usage extends ReselectingPolicy {

        private final long[] tokens;
        private long minute;

        Usage(Simulation clock, int deployments, long seed) {
            super(clock, deployments, seed);
            tokens = new long[deployments];
        }

        @Override
        int pick(Call call, int[] healthy, int count) {
            turn();
            int picked = healthy[0];
            int equals = 1;
            for (int i = 1; i < count; i++) {
                long used = tokens[healthy[i]];
                if (used < tokens[picked]) {
                    picked = healthy[i];
                    equals = 1;
                } else if (used == tokens[picked] && random.nextInt(++equals) == 0) {
                    picked = healthy[i];
                }
            }
            return picked;
        }

        @Override
        public void ended(Attempt attempt) {
            super.ended(attempt);
            turn();
            Arrival call = attempt.call.arrival;
            tokens[attempt.deployment] += call.promptTokens() + call.outputTokens();
        }

        private void turn() {
            long present = clock.now() / MINUTE_MICROS;
            if (present != minute) {
                minute = present;
                Arrays.fill(tokens, 0);
            }
        }
    }
}

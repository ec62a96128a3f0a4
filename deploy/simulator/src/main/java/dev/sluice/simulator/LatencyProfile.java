package dev.sluice.simulator;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.SplittableRandom;

/**
 * How fast a model answers. Time to first token and time per token are drawn apart, each lognormal.
 *
 * @param models the model names that have this profile; a longer name that goes on after a dash too
 * @param stuck rare calls that take a multiple of both times
 * @param tokensPerEvent how many tokens one event of a stream carries
 */
record LatencyProfile(
        Lognormal ttftMs,
        Lognormal msPerToken,
        @Nullable Stuck stuck,
        int tokensPerEvent,
        List<String> models,
        String source) {

    private static final double NANOS_PER_MILLI = 1e6;
    private static final double HOUR_MILLIS = 3_600_000;

    /**
     * A distribution of milliseconds.
     *
     * @param sigma of the logarithm; ln(p95 / p50) / 1.645; 0 is always {@code p50}
     */
    record Lognormal(double p50, double sigma) {

        static final Lognormal ZERO = new Lognormal(0, 0);

        Lognormal {
            require(p50 >= 0 && p50 <= HOUR_MILLIS, "p50 is not in [0, 3600000] ms");
            require(sigma >= 0 && sigma <= 4, "sigma is not in [0, 4]");
        }

        double draw(SplittableRandom random) {
            return sigma == 0 ? p50 : p50 * Math.exp(sigma * random.nextGaussian());
        }
    }

    /**
     * @param share of calls, in [0, 1]
     */
    record Stuck(double share, double factor) {

        Stuck {
            require(share >= 0 && share <= 1, "share is not in [0, 1]");
            require(factor >= 1 && factor <= 10_000, "factor is not in [1, 10000]");
        }
    }

    LatencyProfile {
        models = List.copyOf(models);
        require(
                tokensPerEvent >= 1 && tokensPerEvent <= 1000,
                "tokens_per_event is not in [1, 1000]");
    }

    /** A profile from its JSON, where absent parts are neutral. */
    @JsonCreator
    static LatencyProfile of(
            @JsonProperty("ttft_ms") @Nullable Lognormal ttftMs,
            @JsonProperty("ms_per_token") @Nullable Lognormal msPerToken,
            @JsonProperty("stuck") @Nullable Stuck stuck,
            @JsonProperty("tokens_per_event") @Nullable Integer tokensPerEvent,
            @JsonProperty("models") @Nullable List<String> models,
            @JsonProperty("source") @Nullable String source) {
        return new LatencyProfile(
                ttftMs == null ? Lognormal.ZERO : ttftMs,
                msPerToken == null ? Lognormal.ZERO : msPerToken,
                stuck,
                tokensPerEvent == null ? 1 : tokensPerEvent,
                models == null ? List.of() : models,
                source == null ? "" : source);
    }

    /** The pace of a call that begins at {@code startNanos}: the same seed, the same pace. */
    Pace draw(long seed, double factor, long startNanos) {
        SplittableRandom random = new SplittableRandom(seed);
        double slowness = factor;
        if (stuck != null && random.nextDouble() < stuck.share()) {
            slowness *= stuck.factor();
        }
        return new Pace(
                startNanos + nanos(ttftMs.draw(random) * slowness),
                nanos(msPerToken.draw(random) * slowness),
                tokensPerEvent);
    }

    LatencyProfile withoutModels() {
        return new LatencyProfile(ttftMs, msPerToken, stuck, tokensPerEvent, List.of(), source);
    }

    private static long nanos(double millis) {
        return (long) (Math.min(millis, HOUR_MILLIS) * NANOS_PER_MILLI);
    }

    private static void require(boolean holds, String problem) {
        if (!holds) {
            throw new IllegalArgumentException(problem);
        }
    }
}

package dev.sluice.ingress.fleet;

import dev.sluice.schemas.events.DeploymentState;
import dev.sluice.schemas.events.DeploymentState.Latency;

/** How long the fleet found a deployment to take, for who has not seen it himself. */
final class Prior {

    /** Of what the fleet has not seen either. */
    static final double UNKNOWN = 0;

    /** Nothing is known. */
    static final Prior NONE = new Prior(new double[0], UNKNOWN, UNKNOWN, 1, Long.MIN_VALUE / 2);

    /** Microseconds in which a pace is half forgotten that nobody confirms. */
    static final double SILENCE_HALF_LIFE = 9e6;

    private static final long HOLDS_MICROS = FleetStates.STALE_AFTER.toNanos() / 1000;
    private static final double SAMPLES_MIN = 1;
    private static final int BUCKETS = 32;

    private final double[] bySize;
    private final double ofAllSizes;
    private final double plain;
    private final double slowness;
    private final long at;

    private Prior(double[] bySize, double ofAllSizes, double plain, double slowness, long at) {
        this.bySize = bySize;
        this.ofAllSizes = ofAllSizes;
        this.plain = plain;
        this.slowness = slowness;
        this.at = at;
    }

    /** What a state says that is of that time of the asking sight's clock, in microseconds. */
    static Prior of(DeploymentState state, long at) {
        double[] bySize = new double[BUCKETS];
        state.ttftMicros()
                .forEach((bucket, latency) -> {
                    if (bucket >= 0 && bucket < BUCKETS && latency.samples() >= SAMPLES_MIN) {
                        bySize[bucket] = latency.ewmaMicros();
                    }
                });
        Double slowness = state.slowness();
        return new Prior(
                bySize,
                micros(state.ttft()),
                micros(state.total()),
                slowness == null ? 1 : Math.max(1, slowness),
                at);
    }

    /** Microseconds for prompts of that size; plain calls are known of all sizes together only. */
    double exactly(boolean stream, int bucket, long now) {
        return isOld(now) || !stream ? UNKNOWN : bySize[bucket];
    }

    /** Microseconds, whatever the size. */
    double roughly(boolean stream, long now) {
        return isOld(now) ? UNKNOWN : stream ? ofAllSizes : plain;
    }

    /** How many times as long as usual answers took lately, less and less since; 1 is as usual. */
    double slowness(long now) {
        double age = Math.max(0, now - at);
        return slowness == 1 ? 1 : 1 + (slowness - 1) * Math.pow(2, -age / SILENCE_HALF_LIFE);
    }

    private boolean isOld(long now) {
        return now - at > HOLDS_MICROS;
    }

    private static double micros(Latency latency) {
        return latency.isKnown() ? latency.ewmaMicros() : UNKNOWN;
    }
}

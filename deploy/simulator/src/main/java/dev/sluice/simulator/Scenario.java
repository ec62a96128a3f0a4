package dev.sluice.simulator;

import dev.sluice.simulator.ScenarioForm.Match;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A standing order: which calls, how slow, with what fault and how often. It counts the calls that
 * it was applied to, so that its n-th call has the same fate in every run.
 */
final class Scenario {

    /**
     * How often a fault strikes.
     *
     * @param share of the matching calls, in [0, 1]; which of them is decided by {@code seed}
     * @param count at most so many times
     */
    record Frequency(double share, long count, long seed) {}

    private final ScenarioForm form;
    private final Match match;
    private final @Nullable LatencyProfile profile;
    private final double latencyFactor;
    private final @Nullable Semaphore slots;
    private final Fault fault;
    private final Frequency frequency;
    private final AtomicLong seen = new AtomicLong();
    private final AtomicLong struck = new AtomicLong();
    private volatile boolean revoked;

    Scenario(
            ScenarioForm form, @Nullable LatencyProfile profile, Fault fault, Frequency frequency) {
        this.form = form;
        this.match = form.match() == null ? Match.ALL : form.match();
        this.profile = profile;
        this.latencyFactor = form.latencyFactor() == null ? 1 : form.latencyFactor();
        this.slots = form.slots() == null ? null : new Semaphore(form.slots(), true);
        this.fault = fault;
        this.frequency = frequency;
    }

    ScenarioForm form() {
        return form;
    }

    boolean fits(Caller caller, String model) {
        return match.fits(caller, model);
    }

    /** What the next call gets, where it would have had {@code usual}. */
    Treatment next(LatencyProfile usual) {
        LatencyProfile chosen = profile == null ? usual : profile;
        return new Treatment(chosen, latencyFactor, slots, nextFault(), this::isRevoked);
    }

    /** Ends what calls still suffer from this scenario. */
    void revoke() {
        revoked = true;
    }

    private boolean isRevoked() {
        return revoked;
    }

    private Fault nextFault() {
        long ordinal = seen.getAndIncrement();
        boolean drawn = Mixer.fractionAt(frequency.seed(), ordinal) < frequency.share();
        return drawn && struck.getAndIncrement() < frequency.count() ? fault : Fault.NONE;
    }
}

package dev.sluice.ingress.fleet;

import org.jspecify.annotations.Nullable;

/**
 * Leave to send one call to a deployment. While it is half awake only one call at a time has it,
 * the probe; who holds it tells the end with it, and nobody else's end lets another one probe.
 */
public final class Leave {

    /** Of a call to a deployment that is awake, or that has to take it although it rests. */
    public static final Leave ANY = new Leave(null, 0);

    private final @Nullable Cooldown probed;
    private final long sinceNanos;

    private Leave(@Nullable Cooldown probed, long sinceNanos) {
        this.probed = probed;
        this.sinceNanos = sinceNanos;
    }

    static Leave toProbe(Cooldown probed, long sinceNanos) {
        return new Leave(probed, sinceNanos);
    }

    /** Whether the call is to show that the deployment works again. */
    boolean isToProbe() {
        return probed != null;
    }

    long sinceNanos() {
        return sinceNanos;
    }

    /** No call was sent, or it ended without a word on the deployment: another one may probe. */
    public void giveBack() {
        if (probed != null) {
            probed.givenBack(this);
        }
    }
}

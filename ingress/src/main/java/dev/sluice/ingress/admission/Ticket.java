package dev.sluice.ingress.admission;

import dev.sluice.ingress.admission.AdmissionSettings.CountedTokens;
import dev.sluice.ingress.limits.OutputEstimate;
import dev.sluice.ingress.limits.Remaining;
import dev.sluice.ingress.limits.Reservation;

import java.util.List;

/** An admitted call's hold on its limits, until the call has ended. */
public final class Ticket {

    private final Reservation reservation;
    private final OutputEstimate outputs;
    private final CountedTokens counted;
    private final String account;
    private final String modelGroup;
    private boolean settled;

    /**
     * Holds a reservation.
     *
     * @param account whose habits are learned; empty for nobody's
     */
    Ticket(
            Reservation reservation,
            OutputEstimate outputs,
            CountedTokens counted,
            String account,
            String modelGroup) {
        this.reservation = reservation;
        this.outputs = outputs;
        this.counted = counted;
        this.account = account;
        this.modelGroup = modelGroup;
    }

    /** How much is left of each limit, this call included. */
    public List<Remaining> remaining() {
        return account.isEmpty() ? List.of() : reservation.remaining();
    }

    /**
     * The call has ended: what it used counts, what it only reserved is free again. Only the first
     * time counts. For the thread that serves the call.
     */
    public void settle(CallMeter used) {
        if (settled) {
            return;
        }
        settled = true;
        reservation.settle(
                counted.of(used.inputTokens(), used.outputTokens()), Math.max(0, used.costPico()));
        if (!account.isEmpty() && used.outputTokens() > 0) {
            outputs.learn(account, modelGroup, used.outputTokens());
        }
    }
}

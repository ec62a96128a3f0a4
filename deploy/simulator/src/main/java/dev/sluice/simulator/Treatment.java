package dev.sluice.simulator;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;

/**
 * How one call is treated, decided before anything is answered.
 *
 * @param slots what the call needs one permit of while it is answered; absent: no queue
 * @param revoked whether the order behind the fault was taken back
 */
record Treatment(
        LatencyProfile profile,
        double latencyFactor,
        @Nullable Semaphore slots,
        Fault fault,
        BooleanSupplier revoked) {

    static Treatment usual(LatencyProfile profile) {
        return new Treatment(profile, 1, null, Fault.NONE, () -> false);
    }
}

package dev.sluice.standalone.lab;

import dev.sluice.standalone.lab.Attempt.Failure;

/** Who is left alone, and until when, by LiteLLM's default rules; each gateway for itself. */
final class Cooling {

    private static final long MINUTE_MICROS = 60_000_000;
    private static final long USUAL_MICROS = 5_000_000;
    private static final int FEWEST_CALLS = 5;

    private final Simulation clock;
    private final long[] until;
    private final long[] minute;
    private final int[] succeeded;
    private final int[] failed;

    Cooling(Simulation clock, int deployments) {
        this.clock = clock;
        until = new long[deployments];
        minute = new long[deployments];
        succeeded = new int[deployments];
        failed = new int[deployments];
    }

    boolean isOn(int deployment) {
        return clock.now() < until[deployment];
    }

    void succeeded(int deployment) {
        turn(deployment);
        succeeded[deployment]++;
    }

    void failed(int deployment, Failure failure) {
        turn(deployment);
        failed[deployment]++;
        if (until.length < 2) {
            return;
        }
        int calls = failed[deployment] + succeeded[deployment];
        boolean isMostly = failed[deployment] * 2 > calls && calls >= FEWEST_CALLS;
        if (failure.status() == 429 || isMostly) {
            long pause =
                    failure.retryAfterSeconds() > 0
                            ? failure.retryAfterSeconds() * 1_000_000
                            : USUAL_MICROS;
            until[deployment] = Math.max(until[deployment], clock.now() + pause);
        }
    }

    private void turn(int deployment) {
        long present = clock.now() / MINUTE_MICROS;
        if (minute[deployment] != present) {
            minute[deployment] = present;
            succeeded[deployment] = 0;
            failed[deployment] = 0;
        }
    }
}

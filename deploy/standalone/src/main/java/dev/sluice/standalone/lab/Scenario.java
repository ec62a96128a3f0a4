package dev.sluice.standalone.lab;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What is played: traffic, deployments and what befalls them.
 *
 * @param measuredFrom the calls before that second count nowhere
 * @param gateways ingresses, each with an equal share of the calls
 * @param firstByteSeconds after which an attempt is given up
 * @param retries attempts after the first
 * @param recoversFrom the second of the fault that recovery is measured from, -1 for none
 */
record Scenario(
        String name,
        String title,
        int seconds,
        int measuredFrom,
        int gateways,
        double firstByteSeconds,
        int retries,
        int recoversFrom,
        Traffic traffic,
        List<Deployment> deployments,
        List<Fault> faults) {

    static final double MICROS_A_SECOND = 1e6;
    static final double MICROS_A_MILLI = 1e3;

    Scenario {
        deployments = List.copyOf(deployments);
        faults = List.copyOf(faults);
    }

    long micros() {
        return (long) (seconds * MICROS_A_SECOND);
    }

    /**
     * Who calls.
     *
     * @param trace a file of the traces' folder, null for Poisson arrivals
     * @param rate calls a second on average: the trace is played faster or slower
     * @param mix lengths of calls without a trace
     */
    record Traffic(@Nullable String trace, double rate, List<Share> mix) {

        Traffic {
            mix = List.copyOf(mix);
        }
    }

    /**
     * A kind of call.
     *
     * @param share relative to the others'
     * @param sigma of the lognormal spread around both lengths
     */
    record Share(double share, int promptTokens, int outputTokens, double sigma) {}

    /**
     * A deployment at its best.
     *
     * @param servers calls that are served at once; others queue
     * @param firstTokenMillis of the shortest prompt without a queue
     * @param prefillMillis for a thousand tokens of the prompt
     * @param tokenMillis between tokens of the answer
     * @param tokensAMinute that it allows, 0 for any number
     * @param burstSeconds of that rate which may come at once
     * @param cachedBlocks of 512 tokens of prompts that it keeps, 0 for none
     * @param inputPrice dollars for a million tokens
     */
    record Deployment(
            int servers,
            double firstTokenMillis,
            double prefillMillis,
            double tokenMillis,
            double tokensAMinute,
            double burstSeconds,
            int cachedBlocks,
            double inputPrice,
            double outputPrice) {}

    /**
     * What befalls a deployment for a while.
     *
     * @param slower by this factor, 1 for as fast as ever
     * @param errors share of calls that get a 500 at once
     * @param blackHole takes calls and never answers
     * @param coldSeconds until it serves at all: calls wait for that
     */
    record Fault(
            int deployment,
            double from,
            double until,
            double slower,
            double errors,
            boolean blackHole,
            double coldSeconds) {

        boolean isOn(long micros) {
            return micros >= from * MICROS_A_SECOND && micros < until * MICROS_A_SECOND;
        }
    }
}

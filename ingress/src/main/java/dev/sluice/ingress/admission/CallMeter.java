package dev.sluice.ingress.admission;

import dev.sluice.schemas.events.Usage;

/**
 * What the attempts of one call have used so far. Attempts of one call may end at the same time.
 */
public final class CallMeter {

    private long inputTokens;
    private long outputTokens;
    private long costPico;

    /** An attempt has been booked. */
    public synchronized void add(Usage usage, long cost) {
        inputTokens = Math.addExact(inputTokens, usage.promptTokens());
        outputTokens = Math.addExact(outputTokens, usage.completionTokens());
        costPico = Math.addExact(costPico, cost);
    }

    /** Tokens that models have read. */
    public synchronized long inputTokens() {
        return inputTokens;
    }

    /** Tokens that models have written. */
    public synchronized long outputTokens() {
        return outputTokens;
    }

    /** Picodollars. */
    public synchronized long costPico() {
        return costPico;
    }
}

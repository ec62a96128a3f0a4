package dev.sluice.ingress.admission;

import dev.sluice.schemas.events.Usage;

/** What the attempts of one call have used so far. Belongs to the thread that serves the call. */
public final class CallMeter {

    private long inputTokens;
    private long outputTokens;
    private long costPico;

    /** An attempt has been booked. */
    public void add(Usage usage, long cost) {
        inputTokens = Math.addExact(inputTokens, usage.promptTokens());
        outputTokens = Math.addExact(outputTokens, usage.completionTokens());
        costPico = Math.addExact(costPico, cost);
    }

    /** Tokens that models have read. */
    public long inputTokens() {
        return inputTokens;
    }

    /** Tokens that models have written. */
    public long outputTokens() {
        return outputTokens;
    }

    /** Picodollars. */
    public long costPico() {
        return costPico;
    }
}

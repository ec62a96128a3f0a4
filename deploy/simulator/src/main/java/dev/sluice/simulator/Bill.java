package dev.sluice.simulator;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** What came of one request: entered into the ledger once, whatever happens after. */
final class Bill {

    private static final int OK = 200;

    private final Ledger ledger;
    private final String requestId;
    private final String key;
    private final @Nullable String deployment;
    private @Nullable ModelCall call;
    private Usage prompt = Usage.NONE;
    private Prices.Price price = Prices.UNKNOWN;
    private boolean settled;

    Bill(Ledger ledger, String requestId, String key, @Nullable String deployment) {
        this.ledger = ledger;
        this.requestId = requestId;
        this.key = key;
        this.deployment = deployment;
    }

    String requestId() {
        return requestId;
    }

    /** The request was understood. */
    void concerns(ModelCall understood) {
        call = understood;
    }

    /** The model begins to work on the prompt. */
    void accept(Usage promptUsage, Prices.Price modelPrice) {
        prompt = promptUsage;
        price = modelPrice;
    }

    /** What is used once so many tokens were generated, some of them thoughts. */
    Usage usage(long generatedTokens, long thoughtTokens) {
        return prompt.withOutput(generatedTokens, thoughtTokens);
    }

    /** The request was answered with an error, or with nothing (status 0). */
    void refused(int status, @Nullable String fault) {
        settle(status, Usage.NONE, 0, fault);
    }

    /** What was generated is billed, whether or not all of it arrives. */
    void answered(long generatedTokens, long thoughtTokens, @Nullable String fault) {
        Usage usage = usage(generatedTokens, thoughtTokens);
        settle(OK, usage, price.cost(usage), fault);
    }

    private void settle(int status, Usage usage, long costPico, @Nullable String fault) {
        if (settled) {
            return;
        }
        settled = true;
        ledger.record(
                new Attempt(
                        ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()),
                        requestId,
                        key,
                        deployment,
                        call == null ? null : call.model(),
                        call == null ? null : call.user(),
                        status,
                        call != null && call.stream(),
                        usage,
                        costPico,
                        fault));
    }
}

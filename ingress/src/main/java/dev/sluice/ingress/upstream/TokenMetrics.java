package dev.sluice.ingress.upstream;

import dev.sluice.providers.tokens.TokenWatcher;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Counts what became of asking for providers' tokens. All series exist from the start. */
public final class TokenMetrics implements TokenWatcher {

    private final Map<String, Counter> counters = new HashMap<>();

    /** Registers the counters. */
    public TokenMetrics(MeterRegistry registry) {
        for (String issuer : List.of("google", "entra")) {
            for (String outcome : List.of("success", "failure")) {
                counters.put(
                        issuer + outcome,
                        Counter.builder("sluice_provider_tokens")
                                .description("Access tokens asked for, by what became of it.")
                                .tag("issuer", issuer)
                                .tag("outcome", outcome)
                                .register(registry));
            }
        }
    }

    @Override
    public void fetched(String issuer, boolean isSuccess) {
        Counter counter = counters.get(issuer + (isSuccess ? "success" : "failure"));
        if (counter != null) {
            counter.increment();
        }
    }
}

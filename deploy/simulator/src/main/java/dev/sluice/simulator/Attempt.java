package dev.sluice.simulator;

import org.jspecify.annotations.Nullable;

/**
 * One request to a model endpoint and what came of it.
 *
 * @param atMicros when it was answered, in microseconds since 1970
 * @param requestId the id that it was answered with
 * @param key the provider key as the ledger shows it
 * @param deployment the name in the address {@code /d/NAME/v1/...}; absent in a plain address
 * @param model absent if the request did not say
 * @param user what the request said in {@code user}, cut to what the ledger keeps; absent if
 *     nothing
 * @param status the HTTP status; 0 if nothing was sent
 * @param costPico in picodollars; only calls answered with 2xx cost
 * @param fault what went wrong on purpose, or that the caller left; absent if nothing did
 */
record Attempt(
        long atMicros,
        String requestId,
        String key,
        @Nullable String deployment,
        @Nullable String model,
        @Nullable String user,
        int status,
        boolean stream,
        Usage usage,
        long costPico,
        @Nullable String fault) {

    boolean isCall() {
        return status >= 200 && status < 300;
    }
}

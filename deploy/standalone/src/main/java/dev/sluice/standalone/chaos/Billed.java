package dev.sluice.standalone.chaos;

import org.jspecify.annotations.Nullable;

/**
 * One attempt as the provider received it, from the provider's own ledger.
 *
 * @param responseId what it called its answer
 * @param user what the request said, which is the caller's question
 * @param status of HTTP; 0 if nothing was sent
 * @param prompt all input tokens, cached ones included
 * @param costPico picodollars
 */
record Billed(
        String responseId,
        String user,
        String deployment,
        int status,
        long prompt,
        long cached,
        long output,
        long costPico,
        @Nullable String fault) {}

package dev.sluice.standalone.lab;

/**
 * What one run came to. Times in seconds, of the calls that were answered.
 *
 * @param errors that callers saw, without 429s
 * @param rateLimited 429s that callers saw
 * @param extraCalls attempts after each call's first
 * @param dollarsAThousand for a thousand calls
 * @param recoverySeconds NaN where there is nothing to recover from
 */
record Outcome(
        int calls,
        double firstTokenP50,
        double firstTokenP95,
        double firstTokenP99,
        double totalP50,
        double totalP95,
        double totalP99,
        int errors,
        int rateLimited,
        int extraCalls,
        double dollarsAThousand,
        double recoverySeconds) {}

package dev.sluice.simulator;

/**
 * When the tokens of one answer come, on the clock of {@link System#nanoTime()}.
 *
 * @param firstTokenAt when the first token is there
 * @param perTokenNanos from one token to the next
 * @param tokensPerEvent how many tokens one event of a stream carries
 */
record Pace(long firstTokenAt, long perTokenNanos, int tokensPerEvent) {

    /** When so many tokens are there. */
    long at(long tokens) {
        return firstTokenAt + Math.max(0, tokens - 1) * perTokenNanos;
    }
}

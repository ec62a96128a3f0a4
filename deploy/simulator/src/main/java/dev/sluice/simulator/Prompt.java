package dev.sluice.simulator;

/**
 * One prompt as the simulator remembers it: never its text.
 *
 * @param hash equal for equal prompts
 * @param tokens its weight in input tokens
 * @param prefixes hashes of its first 1,024 tokens, its first 1,152, and so on in steps of 128
 */
@SuppressWarnings("ArrayRecordComponent") // private to the package, never compared
record Prompt(long hash, long tokens, long[] prefixes) {}

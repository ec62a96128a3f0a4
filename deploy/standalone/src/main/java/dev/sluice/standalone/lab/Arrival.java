package dev.sluice.standalone.lab;

/**
 * One call, the same under every strategy.
 *
 * @param blocks ids of the prompt's 512-token blocks, equal where prompts begin alike; may be empty
 * @param luck how much longer than usual its first token takes, wherever it is served
 * @param decodeLuck the same of the tokens after it
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Arrival(
        int number,
        long atMicros,
        int promptTokens,
        int outputTokens,
        int[] blocks,
        double luck,
        double decodeLuck) {

    /** What a gateway would hash: the first two blocks, 0 where the prompt is shorter. */
    long affinity() {
        return blocks.length < 2 ? 0 : 1 + (((long) blocks[0] << 32) | blocks[1]);
    }
}

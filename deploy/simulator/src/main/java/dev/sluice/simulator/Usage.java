package dev.sluice.simulator;

/**
 * The tokens of one call.
 *
 * @param input all input tokens, cached ones included
 * @param cached the part of the input that a cache spared
 */
record Usage(long input, long cached, long output) {

    static final Usage NONE = new Usage(0, 0, 0);

    Usage withOutput(long generated) {
        return new Usage(input, cached, generated);
    }
}

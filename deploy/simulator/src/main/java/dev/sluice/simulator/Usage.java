package dev.sluice.simulator;

/**
 * The tokens of one call.
 *
 * @param input all input tokens, cached ones included
 * @param cached the part of the input that a cache spared
 * @param output all output tokens, thoughts included
 * @param reasoning the part of the output that was thought
 */
record Usage(long input, long cached, long output, long reasoning) {

    static final Usage NONE = new Usage(0, 0, 0);

    Usage(long input, long cached, long output) {
        this(input, cached, output, 0);
    }

    Usage withOutput(long generated, long thought) {
        return new Usage(input, cached, generated, thought);
    }
}

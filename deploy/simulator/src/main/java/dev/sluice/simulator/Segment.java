package dev.sluice.simulator;

/**
 * One part of an answer.
 *
 * @param ordinal its place among the answer's parts
 * @param call its place among the answer's calls of tools; -1 for what is none
 * @param name of the tool; empty for what is no call
 * @param said the words, or the JSON of the arguments
 */
record Segment(Kind kind, int ordinal, int call, String name, Completion said) {

    enum Kind {
        THOUGHT,
        TEXT,
        CALL
    }
}

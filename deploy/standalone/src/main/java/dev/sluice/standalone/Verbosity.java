package dev.sluice.standalone;

/** How much the log tells. */
public enum Verbosity {
    /** Only what went wrong: for verbs whose results are read by the line. */
    QUIET,
    /** What an operator must know. */
    NORMAL,
    /** What our own code does. */
    DEBUG,
    /** What the libraries do, too. */
    DETAILED
}

package dev.sluice.standalone;

/** How much the log tells. */
public enum Verbosity {
    /** What an operator must know. */
    NORMAL,
    /** What our own code does. */
    DEBUG,
    /** What the libraries do, too. */
    DETAILED
}

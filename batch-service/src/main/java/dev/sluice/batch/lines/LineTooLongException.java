package dev.sluice.batch.lines;

import java.io.IOException;

/** A line is longer than any request may be. */
public final class LineTooLongException extends IOException {

    private static final long serialVersionUID = 1L;

    private final int line;

    LineTooLongException(int line) {
        super("line " + line + " is too long");
        this.line = line;
    }

    /** Its number, the first is 1. */
    public int line() {
        return line;
    }
}

package dev.sluice.standalone;

/** A start that cannot succeed. The message is one line that says how to mend it. */
public final class CannotStartException extends Exception {

    /** With one line for the operator. */
    public CannotStartException(String message) {
        super(message);
    }

    /** With one line for the operator, and what happened for the debug log. */
    public CannotStartException(String message, Throwable cause) {
        super(message, cause);
    }
}

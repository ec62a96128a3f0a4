package dev.sluice.providers.protocol;

/** A provider's answer is not what its protocol says. The message never repeats it. */
public final class UnreadableAnswerException extends Exception {

    private static final long serialVersionUID = 1;

    /** What is wrong, without what was read. */
    public UnreadableAnswerException(String message) {
        super(message);
    }
}

package dev.sluice.providers.messages;

import static java.util.Objects.requireNonNullElse;

/** A request to {@code /v1/messages} is not one, or asks for what only Anthropic has. */
public final class UnservableMessagesException extends Exception {

    private static final long serialVersionUID = 1;

    UnservableMessagesException(String message) {
        super(message, null, false, false);
    }

    /** What is wrong, for the caller; it repeats no value of the request. */
    public String problem() {
        return requireNonNullElse(getMessage(), "malformed");
    }
}

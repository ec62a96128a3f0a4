package dev.sluice.providers.openai;

import org.jspecify.annotations.Nullable;

/**
 * Ends the reading of a text that is not what it must be. It never leaves this package: callers see
 * a value. The message never repeats what was read; without a stack trace, it costs next to
 * nothing.
 */
final class MalformedException extends Exception {

    private static final long serialVersionUID = 1;

    private final @Nullable String param;

    MalformedException(String message, @Nullable String param) {
        super(message, null, false, false);
        this.param = param;
    }

    /** The field at fault, or null where the text is no JSON at all. */
    @Nullable String param() {
        return param;
    }

    String problem() {
        String message = getMessage();
        return message == null ? "malformed" : message;
    }
}

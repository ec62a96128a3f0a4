package dev.sluice.providers.anthropic;

import static java.util.Objects.requireNonNullElse;

import org.jspecify.annotations.Nullable;

/** Anthropic cannot do what a request asks. The message never repeats a value of the request. */
public final class UnsupportedRequestException extends Exception {

    private static final long serialVersionUID = 1;

    private final @Nullable String param;

    UnsupportedRequestException(String message, @Nullable String param) {
        super(message, null, false, false);
        this.param = param;
    }

    /** What is asked too much, for the caller. */
    public String problem() {
        return requireNonNullElse(getMessage(), "unsupported");
    }

    /** The field at fault, null where there is none. */
    public @Nullable String param() {
        return param;
    }
}

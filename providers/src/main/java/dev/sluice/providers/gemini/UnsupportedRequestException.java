package dev.sluice.providers.gemini;

import org.jspecify.annotations.Nullable;

/** The request asks for what Gemini does not have. The message never repeats its values. */
public final class UnsupportedRequestException extends Exception {

    private static final long serialVersionUID = 1;

    private final @Nullable String param;

    /**
     * A refusal.
     *
     * @param param the field at fault, null where there are several
     */
    public UnsupportedRequestException(String message, @Nullable String param) {
        super(message);
        this.param = param;
    }

    static UnsupportedRequestException at(String param, String message) {
        return new UnsupportedRequestException(param + " " + message, param);
    }

    /** What is wrong, for the caller. */
    public String reason() {
        String message = getMessage();
        return message == null ? "" : message;
    }

    /** The field at fault. */
    public @Nullable String param() {
        return param;
    }
}

package dev.sluice.providers.openai;

import org.jspecify.annotations.Nullable;

/** A provider has nothing for what a request asks. The message never repeats a value of it. */
public final class UnsupportedRequestException extends Exception {

    private static final long serialVersionUID = 1;

    private final @Nullable String param;

    /**
     * A refusal.
     *
     * @param message for the caller
     * @param param the field at fault, null where there is none
     */
    public UnsupportedRequestException(String message, @Nullable String param) {
        super(message, null, false, false);
        this.param = param;
    }

    /** A refusal whose message begins with the field at fault. */
    public static UnsupportedRequestException at(String param, String problem) {
        return new UnsupportedRequestException(param + " " + problem, param);
    }

    /** For the caller. */
    public String problem() {
        String message = getMessage();
        return message == null ? "unsupported" : message;
    }

    /** The field at fault. */
    public @Nullable String param() {
        return param;
    }
}

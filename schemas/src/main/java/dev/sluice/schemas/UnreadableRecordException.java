package dev.sluice.schemas;

import org.jspecify.annotations.Nullable;

/** A record that is not what its topic promises. The message never repeats its content. */
public final class UnreadableRecordException extends Exception {

    /** Says what is wrong with a record. */
    public UnreadableRecordException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

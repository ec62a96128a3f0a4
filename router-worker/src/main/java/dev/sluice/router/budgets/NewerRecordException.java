package dev.sluice.router.budgets;

import org.jspecify.annotations.Nullable;

/**
 * A record of a newer version than this worker knows: it stands still with an alarm, rather than
 * miscount money. A newer worker goes on from there.
 */
public final class NewerRecordException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** Says which record; the message never repeats its content. */
    public NewerRecordException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

package dev.sluice.batch.jobs;

import java.util.Locale;

/** Where a batch stands, in OpenAI's words. */
public enum BatchStatus {
    VALIDATING,
    FAILED,
    IN_PROGRESS,
    FINALIZING,
    COMPLETED,
    EXPIRED,
    CANCELLING,
    CANCELLED;

    /** The word in answers and in the database. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether nothing changes any more. */
    public boolean isFinal() {
        return this == FAILED || this == COMPLETED || this == EXPIRED || this == CANCELLED;
    }

    /** The status of a word that {@link #word} gave. */
    public static BatchStatus of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}

package dev.sluice.batch.run;

import dev.sluice.batch.jobs.Batch.BatchUsage;

import java.time.Duration;

/** What came of calling a line. */
sealed interface CallOutcome {

    /**
     * It has its outcome.
     *
     * @param succeeded whether it belongs into the output file
     * @param output a line of the output or the error file, without its end
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
    record Done(boolean succeeded, byte[] output, BatchUsage usage) implements CallOutcome {}

    /**
     * It is to be called again.
     *
     * @param after how much later at least
     * @param counts whether that uses up one of its tries
     * @param mayHaveRun whether it may have been served without our hearing of it
     */
    record Again(Duration after, boolean counts, boolean mayHaveRun) implements CallOutcome {}

    /** It was not called, because others of its batch were told to wait. */
    record Parked(Duration after) implements CallOutcome {}

    /** It was not called to its end, because nobody wants it any more. */
    record Dropped() implements CallOutcome {}
}

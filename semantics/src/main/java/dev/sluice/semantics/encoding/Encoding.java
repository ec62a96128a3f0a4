package dev.sluice.semantics.encoding;

/** What came of asking for a vector. */
public sealed interface Encoding {

    /**
     * The vector, of length 1.
     *
     * @param vector not copied: whoever gets it does not change it
     */
    @SuppressWarnings("ArrayRecordComponent") // Compared by nobody; a copy a call would be waste.
    record Encoded(float[] vector) implements Encoding {}

    /** No vector: the caller goes on as if there were no such cache. */
    record Refused(Reason reason) implements Encoding {}

    /** Why there is no vector. */
    enum Reason {
        /** Nothing but blanks. */
        EMPTY,
        /** Longer than the model reads; it is never cut to what fits. */
        TOO_LONG,
        /** The model is being loaded. */
        NOT_READY,
        /** As many texts wait as may. */
        BUSY,
        /** The time was up before the vector was there. */
        LATE,
        /** The model cannot be loaded, failed, or is closed. */
        FAILED
    }
}

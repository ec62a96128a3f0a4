package dev.sluice.standalone.transcripts;

/** What is done with a recording. */
sealed interface Case {

    /** It is called in this form. */
    record Called(CallForm form) implements Case {}

    /**
     * It is left out, with a reason that is written down.
     *
     * @param group what all that are left out for the same reason have in common
     */
    record Excepted(String group, String reason) implements Case {}

    /** Nobody has said what is to be done with it: a failure. */
    record Unknown() implements Case {}
}

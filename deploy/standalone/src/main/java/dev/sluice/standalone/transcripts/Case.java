package dev.sluice.standalone.transcripts;

import java.util.List;

/** What is done with a recording. */
sealed interface Case {

    /** It is called in these forms; in the first one with all cuts of a stream. */
    record Called(List<CallForm> forms) implements Case {

        public Called {
            forms = List.copyOf(forms);
        }
    }

    /**
     * It is left out, with a reason that is written down.
     *
     * @param group what all that are left out for the same reason have in common
     */
    record Excepted(String group, String reason) implements Case {}

    /** Nobody has said what is to be done with it: a failure. */
    record Unknown() implements Case {}
}

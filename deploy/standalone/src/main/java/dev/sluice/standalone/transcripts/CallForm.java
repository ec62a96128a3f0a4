package dev.sluice.standalone.transcripts;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * One endpoint of the gateway: how a recording is called through it, what must then be found and
 * what is. Facts are named alike on both sides, and only what is expected is compared.
 */
interface CallForm {

    /** The gateway's path, such as {@code /v1/chat/completions}. */
    String path();

    /** The request; the model is filled in later. */
    ObjectNode request(Recording recording);

    /** What a caller must find, in OpenAI's terms. */
    ObjectNode expected(Recording recording);

    /** The same of an error. */
    default ObjectNode expectedError(Recording recording) {
        return ErrorFacts.expected(recording);
    }

    /** What a caller found, where the answer is no error. */
    ObjectNode found(Answer answer, boolean isStream);
}

package dev.sluice.simulator;

/**
 * What the answers to one call have in common.
 *
 * @param requestId the answer's id, in its head and, but for embeddings, in its body
 * @param created seconds since 1970
 */
record Answer(ModelCall call, String requestId, long created) {

    /** The id of a call of a tool. */
    String callId(String prefix, Segment segment) {
        int dash = requestId.lastIndexOf('-');
        return prefix + requestId.substring(dash + 1) + "_" + segment.call();
    }
}

package dev.sluice.standalone.chaos;

/**
 * What a caller saw of a call that the gateway gave a number to.
 *
 * @param question what the request's {@code user} said
 * @param requestId the gateway's number of the call
 * @param status of HTTP
 * @param whole whether the answer was read to its end
 * @param promptTokens as the answer says, -1 where it does not
 * @param completionTokens as the answer says, -1 where it does not
 */
record Answered(
        CallKind kind,
        String question,
        String requestId,
        int status,
        boolean whole,
        long promptTokens,
        long completionTokens) {}

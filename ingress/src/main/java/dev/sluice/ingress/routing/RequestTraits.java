package dev.sluice.ingress.routing;

/**
 * What a strategy may know of a request.
 *
 * @param stream whether the caller reads the answer as it is made
 * @param promptBytes size of the request body
 * @param expectedOutputTokens how long the answer will be, as far as can be told; 0 for none
 * @param affinity equal for requests that begin alike, which a provider's prompt cache may serve
 *     from the same deployment; 0 for none
 */
public record RequestTraits(
        boolean stream, int promptBytes, int expectedOutputTokens, long affinity) {

    private static final double BYTES_A_TOKEN = 4;

    /** A request of which only its kind and size are known. */
    public RequestTraits(boolean stream, int promptBytes) {
        this(stream, promptBytes, 0, 0);
    }

    /**
     * The power of two of the prompt's bytes, by which times to first token are kept apart.
     *
     * @see dev.sluice.schemas.events.AttemptDelta
     */
    public int promptBucket() {
        return 31 - Integer.numberOfLeadingZeros(Math.max(1, promptBytes));
    }

    /** Tokens that it will use, read and written, as far as can be told. */
    public double expectedTokens() {
        return promptBytes / BYTES_A_TOKEN + expectedOutputTokens;
    }
}

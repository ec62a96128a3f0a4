package dev.sluice.ingress.routing;

/**
 * What a strategy may know of a request.
 *
 * @param stream whether the caller reads the answer as it is made
 * @param promptBytes size of the request body
 */
public record RequestTraits(boolean stream, int promptBytes) {

    /**
     * The power of two of the prompt's bytes, by which times to first token are kept apart.
     *
     * @see dev.sluice.schemas.events.AttemptDelta
     */
    public int promptBucket() {
        return 31 - Integer.numberOfLeadingZeros(Math.max(1, promptBytes));
    }
}

package dev.sluice.providers.transport;

/** Why an exchange came to nothing, or why its body ended early. */
public enum FailureKind {
    /** The name could not be resolved, or nothing accepted the connection. */
    CONNECT,
    /** The TLS handshake failed: no trust, a wrong host name, no common version. */
    TLS,
    /** Every connection to the origin was in use for as long as the pool lets a request wait. */
    POOL_EXHAUSTED,
    /** Resolving, connecting, the proxy and the handshake together took too long. */
    TIMEOUT_CONNECT,
    /** The request was sent and the answer's head, or its first byte, did not come in time. */
    TIMEOUT_FIRST_BYTE,
    /** The upstream took or sent nothing for too long, in the middle of a body. */
    TIMEOUT_IDLE,
    /** The whole exchange took too long. */
    TIMEOUT_TOTAL,
    /** The connection broke before the answer was complete. */
    BROKEN,
    /**
     * A connection that had rested broke without a byte of an answer, within a second. The request
     * has probably not arrived, but it may have: whoever sends it again, on a fresh connection,
     * makes a second request.
     */
    STALE,
    /** What came is not the HTTP/1.1 that we accept, or larger than we accept. */
    PROTOCOL,
    /** We gave up: cancelled, interrupted or closing. */
    CANCELLED;

    /** Whether time ran out. */
    public boolean timeout() {
        return switch (this) {
            case TIMEOUT_CONNECT, TIMEOUT_FIRST_BYTE, TIMEOUT_IDLE, TIMEOUT_TOTAL -> true;
            case CONNECT, TLS, POOL_EXHAUSTED, BROKEN, STALE, PROTOCOL, CANCELLED -> false;
        };
    }
}

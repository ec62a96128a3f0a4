package dev.sluice.providers.transport;

/** The way to upstreams. Safe for use by many threads; implementations own their connections. */
public interface UpstreamTransport extends AutoCloseable {

    /**
     * Sends a request and waits for the head of the answer.
     *
     * <p>Blocks: call from a virtual thread. Interrupting that thread ends the exchange at once
     * with {@link FailureKind#CANCELLED} (the interrupt stays set). Expected failures are values;
     * an exception is a bug.
     */
    Exchange send(UpstreamRequest request);

    /**
     * Ends every exchange under way as {@link FailureKind#CANCELLED} and closes all connections.
     */
    @Override
    void close();
}

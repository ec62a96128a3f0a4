package dev.sluice.providers.transport;

/**
 * What the connections to one origin are doing, for metrics: it counts, so not for each request.
 */
public interface ConnectionPool {

    /** Scheme, host, and port unless it is the scheme's own; never a secret. */
    String name();

    /** Connections that serve a request, or are being opened for one. */
    int inUse();

    /** Connections that rest. */
    int idle();

    /** Requests that wait for a connection. */
    int waiting();

    /** Connections that were opened since the start. */
    long opened();

    /** Requests that waited in vain since the start. */
    long waitsTimedOut();
}

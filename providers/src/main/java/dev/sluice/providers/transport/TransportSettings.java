package dev.sluice.providers.transport;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

import javax.net.ssl.SSLContext;

/**
 * The bounds of a transport, and how it reaches the world.
 *
 * @param maxConnectionsPerOrigin open at once to one scheme, host and port; each exchange holds one
 *     until its body was read
 * @param poolTimeout how long a request waits, in turn, when all of them are in use
 * @param idleExpiry after which an unused connection is closed; a shorter Keep-Alive timeout of the
 *     upstream wins
 * @param maxHeaderBytes of one answer's status line and headers together, also of its trailers
 * @param sslContext whom to trust, null for the JDK's default
 * @param proxy to go through, null for none
 */
public record TransportSettings(
        int maxConnectionsPerOrigin,
        Duration poolTimeout,
        Duration idleExpiry,
        int maxHeaderBytes,
        @Nullable SSLContext sslContext,
        @Nullable ProxySettings proxy) {

    public TransportSettings {
        if (maxConnectionsPerOrigin < 1) {
            throw new IllegalArgumentException(
                    "maxConnectionsPerOrigin is %d, less than 1"
                            .formatted(maxConnectionsPerOrigin));
        }
        if (poolTimeout.isNegative() || !idleExpiry.isPositive()) {
            throw new IllegalArgumentException(
                    "poolTimeout is negative or idleExpiry is not positive");
        }
        if (maxHeaderBytes < 1024) {
            throw new IllegalArgumentException(
                    "maxHeaderBytes is %d, less than 1024".formatted(maxHeaderBytes));
        }
    }

    /**
     * 2,048 connections an origin, 5 s of waiting for one, closed after 50 s without use, 64 KiB of
     * headers, no proxy.
     */
    public static TransportSettings defaults() {
        return new TransportSettings(
                2_048, Duration.ofSeconds(5), Duration.ofSeconds(50), 64 * 1024, null, null);
    }

    /** The same with another bound on connections, and on the wait for one. */
    public TransportSettings withPool(int maxConnectionsPerOrigin, Duration poolTimeout) {
        return new TransportSettings(
                maxConnectionsPerOrigin,
                poolTimeout,
                idleExpiry,
                maxHeaderBytes,
                sslContext,
                proxy);
    }

    /** The same with another life of unused connections. */
    public TransportSettings withIdleExpiry(Duration idleExpiry) {
        return new TransportSettings(
                maxConnectionsPerOrigin,
                poolTimeout,
                idleExpiry,
                maxHeaderBytes,
                sslContext,
                proxy);
    }

    /** The same with another bound on headers. */
    public TransportSettings withMaxHeaderBytes(int maxHeaderBytes) {
        return new TransportSettings(
                maxConnectionsPerOrigin,
                poolTimeout,
                idleExpiry,
                maxHeaderBytes,
                sslContext,
                proxy);
    }

    /** The same with other trust. */
    public TransportSettings withSslContext(@Nullable SSLContext sslContext) {
        return new TransportSettings(
                maxConnectionsPerOrigin,
                poolTimeout,
                idleExpiry,
                maxHeaderBytes,
                sslContext,
                proxy);
    }

    /** The same through a proxy. */
    public TransportSettings withProxy(@Nullable ProxySettings proxy) {
        return new TransportSettings(
                maxConnectionsPerOrigin,
                poolTimeout,
                idleExpiry,
                maxHeaderBytes,
                sslContext,
                proxy);
    }
}

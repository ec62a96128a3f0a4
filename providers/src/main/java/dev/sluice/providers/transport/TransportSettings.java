package dev.sluice.providers.transport;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

import javax.net.ssl.SSLContext;

/**
 * The bounds of a transport, and how it reaches the world.
 *
 * @param maxConnectionsPerOrigin open at once to one scheme, host and port; each exchange holds one
 *     until its body was read
 * @param poolTimeout how long a request waits, in turn, when all of them are in use
 * @param reuse how long connections are kept
 * @param maxHeaderBytes of one answer's status line and headers together, also of its trailers
 * @param sslContext whom to trust, null for the JDK's default
 * @param proxies to go through
 */
public record TransportSettings(
        int maxConnectionsPerOrigin,
        Duration poolTimeout,
        Reuse reuse,
        int maxHeaderBytes,
        @Nullable SSLContext sslContext,
        Proxies proxies) {

    public TransportSettings {
        requireNonNull(reuse, "reuse is null");
        requireNonNull(proxies, "proxies is null");
        if (maxConnectionsPerOrigin < 1) {
            throw new IllegalArgumentException(
                    "maxConnectionsPerOrigin is %d, less than 1"
                            .formatted(maxConnectionsPerOrigin));
        }
        if (poolTimeout.isNegative()) {
            throw new IllegalArgumentException("poolTimeout is negative");
        }
        if (maxHeaderBytes < 1024) {
            throw new IllegalArgumentException(
                    "maxHeaderBytes is %d, less than 1024".formatted(maxHeaderBytes));
        }
    }

    /**
     * 2,048 connections an origin, 5 s of waiting for one, 64 KiB of headers, no proxy; {@link
     * Reuse#defaults}.
     */
    public static TransportSettings defaults() {
        return new TransportSettings(
                2_048, Duration.ofSeconds(5), Reuse.defaults(), 64 * 1024, null, Proxies.NONE);
    }

    /** The same with another bound on connections, and on the wait for one. */
    public TransportSettings withPool(int maxConnectionsPerOrigin, Duration poolTimeout) {
        return new TransportSettings(
                maxConnectionsPerOrigin, poolTimeout, reuse, maxHeaderBytes, sslContext, proxies);
    }

    /** The same with connections kept otherwise. */
    public TransportSettings withReuse(Reuse reuse) {
        return new TransportSettings(
                maxConnectionsPerOrigin, poolTimeout, reuse, maxHeaderBytes, sslContext, proxies);
    }

    /** The same with another life of unused connections. */
    public TransportSettings withIdleExpiry(Duration idleExpiry) {
        return withReuse(new Reuse(idleExpiry, reuse.maxIdle(), reuse.maxAge()));
    }

    /** The same with another bound on headers. */
    public TransportSettings withMaxHeaderBytes(int maxHeaderBytes) {
        return new TransportSettings(
                maxConnectionsPerOrigin, poolTimeout, reuse, maxHeaderBytes, sslContext, proxies);
    }

    /** The same with other trust. */
    public TransportSettings withSslContext(@Nullable SSLContext sslContext) {
        return new TransportSettings(
                maxConnectionsPerOrigin, poolTimeout, reuse, maxHeaderBytes, sslContext, proxies);
    }

    /** The same through proxies. */
    public TransportSettings withProxies(Proxies proxies) {
        return new TransportSettings(
                maxConnectionsPerOrigin, poolTimeout, reuse, maxHeaderBytes, sslContext, proxies);
    }
}

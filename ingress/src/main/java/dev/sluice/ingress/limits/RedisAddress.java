package dev.sluice.ingress.limits;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.config.RedisSettings.Connection;

import java.net.URI;

/**
 * Where the Redis of the limits is.
 *
 * @param namespace what our keys begin with, so that several gateways can share a Redis
 */
public record RedisAddress(Connection servers, String namespace) {

    public RedisAddress {
        requireNonNull(servers, "servers is null");
        if (namespace.isEmpty() || namespace.contains("{") || namespace.contains("}")) {
            throw new IllegalArgumentException("a namespace is not empty and has no braces");
        }
    }

    /** One server without a password. */
    public static RedisAddress of(URI uri, String namespace) {
        return new RedisAddress(Connection.at(uri), namespace);
    }
}

package dev.sluice.ingress.limits;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;

import java.net.URI;

/**
 * Where Redis is.
 *
 * @param uri {@code redis://host:port} or {@code rediss://host:port}, without user and password
 * @param database its number; a cluster has only 0
 * @param namespace what our keys begin with, so that several gateways can share a Redis
 */
public record RedisAddress(
        URI uri, @Nullable String user, @Nullable Secret password, int database, String namespace) {

    public RedisAddress {
        requireNonNull(uri, "uri is null");
        if (!"redis".equals(uri.getScheme()) && !"rediss".equals(uri.getScheme())) {
            throw new IllegalArgumentException("a Redis address begins with redis:// or rediss://");
        }
        if (uri.getUserInfo() != null) {
            throw new IllegalArgumentException("a Redis address has no user or password in it");
        }
        if (namespace.isEmpty() || namespace.contains("{") || namespace.contains("}")) {
            throw new IllegalArgumentException("a namespace is not empty and has no braces");
        }
    }

    /** Without a password. */
    public static RedisAddress of(URI uri) {
        return new RedisAddress(uri, null, null, 0, "sluice");
    }
}

package dev.sluice.schemas.config;

import org.jspecify.annotations.Nullable;

/**
 * The Redis that ingresses share, as the router's settings name it.
 *
 * @param host name or address
 * @param port TCP port
 * @param password of the user
 * @param username of Redis' ACL; none for the default user
 * @param db number of the database
 * @param url all of it in one: {@code redis://user:password@host:port/db}
 * @param ssl TLS
 */
public record RouterRedis(
        @Key(name = "redis_host", is = TextRule.HOST) @Nullable Setting host,
        @Key(name = "redis_port", is = TextRule.PORT) @Nullable Setting port,
        @Key(name = "redis_password") @Nullable Setting password,
        @Key(name = "redis_username") @Nullable Setting username,
        @Key(name = "redis_db", max = "1000000") @Nullable Integer db,
        @Key(name = "redis_url", is = TextRule.REDIS_URL) @Nullable Setting url,
        @Key(name = "redis_ssl") @Nullable Boolean ssl) {

    /** None. */
    static final RouterRedis NONE = new RouterRedis(null, null, null, null, null, null, null);
}

package dev.sluice.schemas.config;

import dev.sluice.schemas.config.CacheParams.CacheRedis;
import dev.sluice.schemas.config.GatewayConfig.CacheSettings;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Finds the one Redis of a config: the router's settings, else the cache's, else the environment
 * names that LiteLLM reads.
 */
final class RedisChoice {

    private static final List<String> TRUE = List.of("true", "1", "yes");

    private final Reading reading;

    RedisChoice(Reading reading) {
        this.reading = reading;
    }

    @Nullable RedisSettings of(RouterRedis router, CacheSettings cache) {
        if (router.url() != null || router.host() != null) {
            return ofRouter(router);
        }
        CacheRedis redis = cache.params().redis();
        boolean named = redis.url() != null || redis.host() != null || isMany(redis);
        if (named) {
            return ofCache(redis);
        }
        return ofEnvironment(redis);
    }

    private static boolean isMany(CacheRedis redis) {
        return !redis.redisStartupNodes().isEmpty() || !redis.sentinelNodes().isEmpty();
    }

    private static RedisSettings ofRouter(RouterRedis router) {
        return new RedisSettings(
                router.url(),
                router.host(),
                router.port(),
                router.username(),
                router.password(),
                Boolean.TRUE.equals(router.ssl()),
                router.db(),
                List.of(),
                List.of(),
                null,
                null,
                null);
    }

    private static RedisSettings ofCache(CacheRedis redis) {
        return new RedisSettings(
                redis.url(),
                redis.host(),
                redis.port(),
                redis.username(),
                redis.password(),
                Boolean.TRUE.equals(redis.ssl()),
                redis.db(),
                redis.redisStartupNodes(),
                redis.sentinelNodes(),
                redis.serviceName(),
                redis.sentinelPassword(),
                redis.maxConnections());
    }

    private @Nullable RedisSettings ofEnvironment(CacheRedis redis) {
        Setting url = variable("REDIS_URL", TextRule.ANY);
        Setting host = variable("REDIS_HOST", TextRule.ANY);
        if (url == null && host == null) {
            return null;
        }
        String ssl = reading.variable("REDIS_SSL");
        return new RedisSettings(
                url,
                host,
                redis.port() != null ? redis.port() : variable("REDIS_PORT", TextRule.PORT),
                redis.username() != null
                        ? redis.username()
                        : variable("REDIS_USERNAME", TextRule.ANY),
                redis.password() != null
                        ? redis.password()
                        : variable("REDIS_PASSWORD", TextRule.ANY),
                redis.ssl() != null
                        ? redis.ssl()
                        : ssl != null && TRUE.contains(ssl.toLowerCase(java.util.Locale.ROOT)),
                redis.db(),
                List.of(),
                List.of(),
                null,
                null,
                redis.maxConnections());
    }

    /**
     * A setting that names a variable, null if it is not set or is something else: Kubernetes sets
     * {@code REDIS_PORT=tcp://…} beside a service of the name redis.
     */
    private @Nullable Setting variable(String name, TextRule rule) {
        String value = reading.variable(name);
        return value == null || !rule.allows(value)
                ? null
                : new Setting("os.environ/" + name, reading.mainFile(), 1, reading.assigned(name));
    }
}

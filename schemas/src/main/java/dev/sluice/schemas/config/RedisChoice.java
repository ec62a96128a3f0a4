package dev.sluice.schemas.config;

import dev.sluice.schemas.config.CacheParams.CacheRedis;
import dev.sluice.schemas.config.GatewayConfig.CacheSettings;
import dev.sluice.schemas.config.RedisSettings.Certificates;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/**
 * Finds the Redis of a config. Limits take the router's settings, else the cache's, else the
 * environment names that LiteLLM reads; the cache takes its own, else the environment's, else the
 * router's.
 */
final class RedisChoice {

    private static final List<String> TRUE = List.of("true", "1", "yes");

    private final Reading reading;

    RedisChoice(Reading reading) {
        this.reading = reading;
    }

    /** What limits are shared through, null for nothing. */
    @Nullable RedisSettings of(RouterRedis router, CacheSettings cache) {
        if (isNamed(router)) {
            return ofRouter(router);
        }
        CacheRedis redis = cache.params().redis();
        return isNamed(redis) ? ofCache(redis) : ofEnvironment(redis);
    }

    /** What answers are shared through, null where nobody names any. */
    @Nullable RedisSettings ofAnswers(CacheRedis redis, RouterRedis router) {
        if (isNamed(redis)) {
            return ofCache(redis);
        }
        RedisSettings around = ofEnvironment(redis);
        return around != null || !isNamed(router) ? around : ofRouter(router);
    }

    /**
     * Where answers are kept if the file does not say it: in Redis, as LiteLLM has it, where there
     * is one that is meant for that.
     */
    boolean isMeantForAnswers(CacheRedis redis) {
        return isNamed(redis) || ofEnvironment(redis) != null;
    }

    private static boolean isNamed(RouterRedis router) {
        return router.url() != null || router.host() != null;
    }

    private static boolean isNamed(CacheRedis redis) {
        return redis.url() != null || redis.host() != null || isMany(redis);
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
                Certificates.STRICT,
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
                certificates(redis),
                redis.db(),
                redis.redisStartupNodes(),
                redis.sentinelNodes(),
                redis.serviceName(),
                redis.sentinelPassword(),
                redis.maxConnections());
    }

    /**
     * LiteLLM hands these two to Python's client, where {@code None} is often written as a word.
     */
    private static Certificates certificates(CacheRedis redis) {
        String required =
                redis.sslCertReqs() instanceof Setting setting
                        ? setting.raw().toLowerCase(Locale.ROOT)
                        : "";
        if (required.equals("none") || required.equals("cert_none")) {
            return Certificates.UNCHECKED;
        }
        return Boolean.FALSE.equals(redis.sslCheckHostname())
                ? Certificates.ANY_HOST
                : Certificates.STRICT;
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
                        : ssl != null && TRUE.contains(ssl.toLowerCase(Locale.ROOT)),
                certificates(redis),
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

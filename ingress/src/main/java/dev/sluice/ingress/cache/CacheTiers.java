package dev.sluice.ingress.cache;

import dev.sluice.ingress.cache.AnswerServer.ServerFailure;
import dev.sluice.ingress.cache.Invalidations.Reach;
import dev.sluice.ingress.redis.RedisClients;
import dev.sluice.schemas.config.GatewayConfig.CacheSettings;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.RedisSettings.Connection;
import dev.sluice.schemas.config.Secret;
import dev.sluice.schemas.events.CacheEvent.Scope;

import io.micrometer.core.instrument.MeterRegistry;

import org.jspecify.annotations.Nullable;

import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The cache with all that stands behind it: Redis, and what the fleet declares invalid. */
public final class CacheTiers implements AutoCloseable {

    private static final int PORTION = 100;

    private final CacheSettings settings;
    private final AnswerCache answers;
    private final Flights flights = new Flights();
    private final Invalidations invalidations;
    private final @Nullable RedisAnswers redis;
    private final @Nullable Connection servers;
    private volatile Consumer<Map<Scope, List<String>>> listener = _ -> {};

    /**
     * Nothing is connected before {@link #start}.
     *
     * @param redis where answers are shared; empty for nowhere
     * @param seal what the gateways of this fleet know, null for nothing
     */
    public CacheTiers(
            CacheSettings settings,
            Optional<Connection> redis,
            @Nullable Secret seal,
            KafkaSettings kafka,
            MeterRegistry registry) {
        this.settings = settings;
        this.servers = redis.orElse(null);
        Integer portion = settings.params().redisFlushSize();
        this.redis =
                servers == null
                        ? null
                        : new RedisAnswers(
                                servers,
                                new RedisAnswers.Keeping(
                                        settings.prefix(),
                                        seal,
                                        portion == null ? PORTION : portion),
                                registry);
        this.invalidations = new Invalidations(kafka, registry);
        this.answers =
                new AnswerCache(
                        settings,
                        this.redis == null ? SharedAnswers.NONE : this.redis,
                        invalidations,
                        InstantSource.system());
        invalidations.listener(declared -> {
            // Who asks from now on must not follow what was asked before.
            flights.seal();
            answers.forget(declared);
            listener.accept(declared);
        });
    }

    /**
     * Tells of what is declared invalid, here or elsewhere, once it holds.
     *
     * @param told which of each scope; none of {@link Scope#ALL}
     */
    public void listener(Consumer<Map<Scope, List<String>>> told) {
        listener = told;
    }

    /** What calls are answered from. */
    public AnswerCache answers() {
        return answers;
    }

    /** Answers on their way. */
    public Flights flights() {
        return flights;
    }

    /** Whether answers are kept at all. */
    public boolean isEnabled() {
        return settings.enabled();
    }

    /** Whether answers are kept in Redis too. */
    public boolean isShared() {
        return redis != null;
    }

    /** What the file calls this kind of cache. */
    public String type() {
        return redis == null
                ? "local"
                : settings.params().isRedis() ? settings.params().type() : "redis";
    }

    /** Where Redis is, for people; null without one. */
    public @Nullable String servers() {
        return servers == null ? null : RedisClients.described(servers);
    }

    /** The settings that it goes by. */
    public CacheSettings settings() {
        return settings;
    }

    /** Whether Redis is asked; true without one. */
    public boolean isRedisThere() {
        return redis == null || redis.isThere();
    }

    /** Whether all that was declared invalid is known, but for the last seconds. */
    public boolean isCurrent() {
        return invalidations.isCurrent();
    }

    /** Begins, with or without Redis and Kafka. Returns at once. */
    public void start() {
        if (!isEnabled()) {
            return;
        }
        invalidations.start();
        if (redis != null) {
            redis.start();
        }
    }

    /**
     * Declares answers invalid: see {@link Invalidations#declare}. What can be found in Redis is
     * removed there, in the course of time.
     *
     * @param values which of each scope, {@link Scope#KEY} in hex digits; the name space without a
     *     name is that of calls that name none
     * @param by {@code user:} and an id, or {@code key:} and a hash
     */
    public Reach declare(Map<Scope, List<String>> values, String by) {
        Reach reach = invalidations.declare(named(values), by);
        if (redis != null) {
            if (values.containsKey(Scope.ALL)) {
                redis.removeAll();
            }
            redis.remove(
                    values.getOrDefault(Scope.KEY, List.of()).stream()
                            .map(AnswerKey::ofText)
                            .filter(Objects::nonNull)
                            .toList());
        }
        return reach;
    }

    /** The config may have given a name to what has none. */
    private Map<Scope, List<String>> named(Map<Scope, List<String>> values) {
        String usual = settings.params().namespace();
        List<String> spaces = values.getOrDefault(Scope.NAMESPACE, List.of());
        if (usual == null || !spaces.contains("") || spaces.contains(usual)) {
            return values;
        }
        Map<Scope, List<String>> named = new EnumMap<>(values);
        named.put(Scope.NAMESPACE, Stream.concat(spaces.stream(), Stream.of(usual)).toList());
        return named;
    }

    /** Whether Redis takes a value and gives it back, now; false without one. */
    public boolean check() {
        return redis != null && redis.check();
    }

    /**
     * What Redis says of itself, by the address of each server; one without address where there is
     * only one. Empty where it cannot be asked, and without one.
     */
    public Map<String, Map<String, String>> information() {
        try {
            return redis == null ? Map.of() : redis.information();
        } catch (ServerFailure e) {
            return Map.of();
        }
    }

    @Override
    public void close() {
        if (!isEnabled()) {
            return;
        }
        invalidations.close();
        if (redis != null) {
            redis.close();
        }
    }
}

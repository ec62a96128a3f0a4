package dev.sluice.ingress;

import dev.sluice.ingress.admission.AdmissionSettings;
import dev.sluice.ingress.admission.AdmissionSettings.CountedTokens;
import dev.sluice.ingress.auth.AccessSettings;
import dev.sluice.ingress.limits.RedisAddress;
import dev.sluice.ingress.limits.Scope;
import dev.sluice.providers.transport.ProxyEnvironment;
import dev.sluice.providers.transport.TransportSettings;
import dev.sluice.schemas.accounts.Limits;
import dev.sluice.schemas.config.AccessRules;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.GatewayConfig.HttpLimits;
import dev.sluice.schemas.config.InvalidConfigException;
import dev.sluice.schemas.config.InvalidConfigException.Problem;
import dev.sluice.schemas.config.LitellmSettings;
import dev.sluice.schemas.config.RedisSettings;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URI;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The config in the words of the parts that it is for. */
final class Configured {

    private static final int PICO_DIGITS = 12;
    private static final int MEBIBYTE = 1 << 20;
    private static final String NAMESPACE = "sluice";

    /** Reserved: no caller comes from there. */
    private static final String NOBODYS_ADDRESS = "0.0.0.0";

    private Configured() {}

    /** Who may do what. */
    static AccessSettings access(GatewayConfig config) {
        AccessRules rules = config.general().access();
        Map<String, Set<String>> groups = new HashMap<>();
        config.modelList()
                .forEach(entry ->
                        groups.computeIfAbsent(entry.modelName(), _ -> new TreeSet<>())
                                .addAll(entry.info().accessGroups()));
        Map<String, AccessSettings.ModelAlias> aliases =
                config.router().fallbacks().modelGroupAlias().entrySet().stream()
                        .collect(
                                Collectors.toMap(
                                        Map.Entry::getKey,
                                        alias ->
                                                new AccessSettings.ModelAlias(
                                                        alias.getValue().model(),
                                                        alias.getValue().hidden())));
        return new AccessSettings(
                rules.litellmKeyHeaderName(),
                rules.useXForwardedFor(),
                rules.allowedRoutes(),
                rules.publicRoutes(),
                rules.adminOnlyRoutes(),
                config.litellm().requireAuthForMetricsEndpoint(),
                rules.rejectClientsideMetadataTags(),
                rules.enforceUserParam(),
                groups,
                aliases,
                rules.userHeaderName(),
                allowedAddresses(rules.allowedIps()));
    }

    /** An empty list in the file lets nobody in, as LiteLLM has it; no list, everybody. */
    private static List<String> allowedAddresses(@Nullable List<String> listed) {
        if (listed == null) {
            return List.of();
        }
        return listed.isEmpty() ? List.of(NOBODYS_ADDRESS) : listed;
    }

    /** What is limited beside what accounts say. */
    static AdmissionSettings admission(GatewayConfig config) {
        LitellmSettings litellm = config.litellm();
        AccessRules rules = config.general().access();
        return new AdmissionSettings(
                budget(litellm.maxBudget(), litellm.budgetDuration()),
                Stream.of(
                                Optional.ofNullable(rules.globalMaxParallelRequests()),
                                Optional.ofNullable(config.router().rules().maxParallelRequests()))
                        .flatMap(Optional::stream)
                        .map(Integer::longValue)
                        .min(Long::compare)
                        .orElse(null),
                rules.maxParallelRequests() == null
                        ? null
                        : rules.maxParallelRequests().longValue(),
                endUser(litellm.maxEndUserBudget()),
                litellm.maxEndUserBudgetId(),
                switch (rules.tokenRateLimitType()) {
                    case TOTAL -> CountedTokens.TOTAL;
                    case INPUT -> CountedTokens.INPUT;
                    case OUTPUT -> CountedTokens.OUTPUT;
                });
    }

    private static Scope.@Nullable Budget budget(
            @Nullable BigDecimal usd, @Nullable String duration) {
        return usd == null ? null : AdmissionSettings.budget(pico(usd), duration);
    }

    private static Limits endUser(@Nullable BigDecimal usd) {
        return usd == null
                ? Limits.NONE
                : new Limits(
                        pico(usd),
                        null,
                        Instant.EPOCH,
                        0L,
                        null,
                        null,
                        null,
                        Map.of(),
                        Map.of(),
                        Map.of());
    }

    /** A fraction of a picodollar is not worth an error; more than a long has is without end. */
    private static long pico(BigDecimal usd) {
        BigDecimal pico = usd.movePointRight(PICO_DIGITS).setScale(0, RoundingMode.HALF_EVEN);
        return pico.min(BigDecimal.valueOf(Long.MAX_VALUE)).longValueExact();
    }

    /**
     * How providers are reached.
     *
     * @param service one of ours, which is reached without a proxy
     * @throws InvalidConfigException if the environment names a proxy that cannot be used
     */
    static TransportSettings transport(
            GatewayConfig config, UnaryOperator<String> environment, @Nullable URI service)
            throws InvalidConfigException {
        UnaryOperator<String> variables = config.variablesBefore(environment);
        String host = service == null ? null : service.getHost();
        List<String> direct = host == null ? List.of() : List.of(host);
        try {
            return TransportSettings.defaults()
                    .withPool(
                            config.general().connectionPoolSize(),
                            config.general().connectionPoolTimeout())
                    .withProxies(ProxyEnvironment.read(variables, direct));
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigException(
                    new Problem(
                            "environment", 0, String.valueOf(e.getMessage()), "http://host:port"));
        }
    }

    /** The bounds of what callers send, the smaller where the file has two. */
    static HttpLimits http(GatewayConfig config) {
        HttpLimits http = config.sluice().http();
        BigDecimal megabytes = config.general().access().maxRequestSizeMb();
        if (megabytes == null) {
            return http;
        }
        long bytes = megabytes.multiply(BigDecimal.valueOf(MEBIBYTE)).longValue();
        return new HttpLimits(
                Math.max(1, Math.min(http.maxRequestBytes(), bytes)),
                http.maxBytesInFlight(),
                http.bodyTimeout(),
                http.maxConnections(),
                http.headerTimeout());
    }

    /**
     * The Redis that limits are shared through; empty where there is none.
     *
     * @throws InvalidConfigException if a variable is not set
     */
    static Optional<RedisAddress> redis(GatewayConfig config, UnaryOperator<String> environment)
            throws InvalidConfigException {
        RedisSettings settings = config.redis();
        return settings == null
                ? Optional.empty()
                : Optional.of(new RedisAddress(settings.in(environment), NAMESPACE));
    }

    /**
     * The Redis that answers are shared through; empty where there is none, or no cache.
     *
     * @throws InvalidConfigException if a variable is not set
     */
    static Optional<RedisSettings.Connection> answers(
            GatewayConfig config, UnaryOperator<String> environment) throws InvalidConfigException {
        RedisSettings settings = config.cache().redis();
        return settings == null || !config.cache().enabled()
                ? Optional.empty()
                : Optional.of(settings.in(environment));
    }
}

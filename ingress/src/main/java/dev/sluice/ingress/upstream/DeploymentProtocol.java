package dev.sluice.ingress.upstream;

import static java.util.Objects.requireNonNullElse;

import dev.sluice.providers.protocol.Protocol;
import dev.sluice.providers.protocol.ProtocolSettings;
import dev.sluice.providers.protocol.Protocols;
import dev.sluice.providers.protocol.TokenSources;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.GatewayConfig.ModelEntry;
import dev.sluice.schemas.config.InvalidConfigException;
import dev.sluice.schemas.config.InvalidConfigException.Problem;
import dev.sluice.schemas.config.ModelParams;
import dev.sluice.schemas.config.Secret;
import dev.sluice.schemas.config.Setting;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * How a deployment of the config is spoken to.
 *
 * @param apiBase where it is, without query and credentials
 * @param region where it stands, null where the entry does not say it
 */
record DeploymentProtocol(Protocol protocol, String apiBase, @Nullable String region) {

    /** What says where a deployment stands; the first that is there counts. */
    private static final List<String> REGIONS =
            List.of("region_name", "aws_region_name", "vertex_location", "vertex_ai_location");

    /**
     * Resolves what an entry says.
     *
     * @param environment where variables are looked up; null or empty for one that is not set
     * @return empty for a provider that is not known
     * @throws InvalidConfigException if the entry cannot be followed
     */
    static Optional<DeploymentProtocol> of(
            ModelEntry entry,
            ProviderModel named,
            GatewayConfig config,
            UnaryOperator<String> environment,
            TokenSources tokens)
            throws InvalidConfigException {
        ModelParams params = entry.params();
        String base = text(params.apiBase(), environment);
        var settings =
                new ProtocolSettings(
                        named.provider(),
                        named.model(),
                        params.apiKey() == null ? null : params.apiKey().in(environment),
                        base,
                        text(params.apiVersion(), environment),
                        text(params.organization(), environment),
                        new ProtocolSettings.Parameters(
                                dropsParams(params, config),
                                params.additionalDropParams(),
                                params.allowedOpenaiParams()),
                        secrets(params.extraHeaders(), environment),
                        params.extraBody(),
                        extra(entry, environment),
                        name -> name == null ? null : nullIfEmpty(environment.apply(name)));
        try {
            return Protocols.of(settings, tokens)
                    .map(protocol ->
                            new DeploymentProtocol(
                                    protocol,
                                    base == null ? protocol.home() : shown(base),
                                    region(settings.extra())));
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigException(
                    new Problem(
                            entry.file(),
                            entry.line(),
                            "a deployment of %s that cannot be called (%s)"
                                    .formatted(named.provider(), e.getMessage()),
                            "an http or https URL, a key without control characters, and what the"
                                    + " provider needs besides"));
        }
    }

    /** Google's {@code global} is no place. */
    private static @Nullable String region(Map<String, Object> extra) {
        for (String name : REGIONS) {
            if (extra.get(name) instanceof String region && !region.equals("global")) {
                return region;
            }
        }
        return null;
    }

    private static boolean dropsParams(ModelParams params, GatewayConfig config) {
        return requireNonNullElse(
                params.dropParams(), requireNonNullElse(config.litellm().dropParams(), false));
    }

    private static Map<String, Secret> secrets(
            Map<String, Setting> settings, UnaryOperator<String> environment)
            throws InvalidConfigException {
        Map<String, Secret> secrets = new LinkedHashMap<>();
        for (Map.Entry<String, Setting> setting : settings.entrySet()) {
            secrets.put(setting.getKey(), setting.getValue().in(environment));
        }
        return secrets;
    }

    private static Map<String, Object> extra(ModelEntry entry, UnaryOperator<String> environment)
            throws InvalidConfigException {
        Map<String, Object> extra = new LinkedHashMap<>();
        for (Map.Entry<String, Object> value : entry.params().extra().entrySet()) {
            extra.put(value.getKey(), resolved(value.getValue(), environment));
        }
        String region = entry.params().regionName();
        if (region != null) {
            extra.putIfAbsent("region_name", region);
        }
        BigDecimal megabytes = entry.params().maxFileSizeMb();
        if (megabytes != null) {
            extra.putIfAbsent("max_file_size_mb", megabytes);
        }
        String baseModel = entry.info().baseModel();
        if (baseModel != null) {
            extra.putIfAbsent("base_model", baseModel);
        }
        if (Protocols.RESPONSES_MODE.equals(entry.info().mode())) {
            extra.putIfAbsent("mode", Protocols.RESPONSES_MODE);
        }
        return extra;
    }

    private static Object resolved(Object value, UnaryOperator<String> environment)
            throws InvalidConfigException {
        if (value instanceof Setting setting) {
            return setting.in(environment).reveal();
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> resolved = new LinkedHashMap<>();
            for (Map.Entry<?, ?> member : map.entrySet()) {
                resolved.put(
                        String.valueOf(member.getKey()), resolved(member.getValue(), environment));
            }
            return resolved;
        }
        if (value instanceof List<?> list) {
            List<Object> resolved = new ArrayList<>();
            for (Object element : list) {
                resolved.add(resolved(element, environment));
            }
            return resolved;
        }
        return value;
    }

    private static @Nullable String text(
            @Nullable Setting setting, UnaryOperator<String> environment)
            throws InvalidConfigException {
        return setting == null ? null : setting.in(environment).reveal();
    }

    private static @Nullable String nullIfEmpty(@Nullable String text) {
        return text == null || text.isEmpty() ? null : text;
    }

    /** A base without what may be secret in it: user, query and fragment. */
    private static String shown(String base) {
        URI uri = URI.create(base);
        int port = uri.getPort();
        return "%s://%s%s%s"
                .formatted(
                        uri.getScheme(), uri.getHost(), port < 0 ? "" : ":" + port, uri.getPath());
    }
}

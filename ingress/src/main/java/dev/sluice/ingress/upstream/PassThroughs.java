package dev.sluice.ingress.upstream;

import dev.sluice.ingress.routing.Candidate;
import dev.sluice.metering.Price;
import dev.sluice.providers.protocol.Protocol;
import dev.sluice.providers.protocol.ProtocolSettings;
import dev.sluice.providers.protocol.Protocols;
import dev.sluice.providers.protocol.TokenSources;
import dev.sluice.schemas.config.InvalidConfigException;
import dev.sluice.schemas.config.InvalidConfigException.Problem;
import dev.sluice.schemas.config.PassThroughSettings;
import dev.sluice.schemas.config.Secret;
import dev.sluice.schemas.config.Setting;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The providers whose APIs callers may use as they are, and with what the gateway calls them. */
public final class PassThroughs {

    private static final Map<String, Usual> USUAL =
            Map.of(
                    "openai",
                    new Usual("https://api.openai.com", "Authorization", "OPENAI_API_KEY"),
                    "anthropic",
                    new Usual("https://api.anthropic.com", "x-api-key", "ANTHROPIC_API_KEY"),
                    "gemini",
                    new Usual(
                            "https://generativelanguage.googleapis.com",
                            "x-goog-api-key",
                            "GEMINI_API_KEY",
                            "GOOGLE_API_KEY"),
                    "cohere",
                    new Usual(
                            "https://api.cohere.com",
                            "Authorization",
                            "COHERE_API_KEY",
                            "CO_API_KEY"),
                    "mistral",
                    new Usual("https://api.mistral.ai", "Authorization", "MISTRAL_API_KEY"),
                    "azure",
                    new Usual(null, "api-key", "AZURE_API_KEY"),
                    "vllm",
                    new Usual(null, "Authorization", "HOSTED_VLLM_API_KEY"));

    private final Map<String, Target> targets;

    /** What holds of a provider where the config says nothing. */
    private record Usual(@Nullable String base, String keyHeader, List<String> keyVariables) {

        Usual(@Nullable String base, String keyHeader, String... keyVariables) {
            this(base, keyHeader, List.of(keyVariables));
        }
    }

    /**
     * A provider that is passed through.
     *
     * @param base without a slash at its end
     * @param paths that may be called
     * @param keyHeaders the gateway's key, as the provider wants to see it
     * @param protocol of no use but that an attempt is made at a deployment, which has one
     */
    public record Target(
            String provider,
            String base,
            List<String> paths,
            List<Map.Entry<String, String>> keyHeaders,
            Protocol protocol) {

        /** Whether the operator lets a path of the provider be called. */
        public boolean allows(String path) {
            return paths.stream()
                    .anyMatch(allowed ->
                            allowed.endsWith("/*")
                                    ? path.startsWith(allowed.substring(0, allowed.length() - 1))
                                    : path.equals(allowed));
        }

        /** The name under which events, limits and metrics know it. */
        public String group() {
            return "pass_through/" + provider;
        }

        /** What one call is made at. */
        public Deployment deployment(String model, @Nullable Price price, Duration timeout) {
            return new Deployment(
                    Candidate.of(group()),
                    provider,
                    model,
                    base,
                    null,
                    null,
                    price,
                    null,
                    protocol,
                    timeout,
                    timeout);
        }

        /** Its key stays out of logs. */
        @Override
        public String toString() {
            return group();
        }
    }

    private PassThroughs(Map<String, Target> targets) {
        this.targets = Map.copyOf(targets);
    }

    static PassThroughs of(
            List<PassThroughSettings> settings,
            UnaryOperator<String> environment,
            TokenSources tokens)
            throws InvalidConfigException {
        Map<String, Target> targets = new LinkedHashMap<>();
        List<Problem> problems = new ArrayList<>();
        for (PassThroughSettings each : settings) {
            try {
                Target target = target(each, environment, tokens);
                if (targets.put(each.provider(), target) != null) {
                    throw new IllegalArgumentException("it stands there twice");
                }
            } catch (IllegalArgumentException e) {
                problems.add(
                        new Problem(
                                "sluice.pass_through",
                                1,
                                "sluice.pass_through of %s that cannot be followed (%s)"
                                        .formatted(each.provider(), e.getMessage()),
                                "one entry a provider, with an address and a key"));
            }
        }
        if (!problems.isEmpty()) {
            throw new InvalidConfigException(problems);
        }
        return new PassThroughs(targets);
    }

    private static Target target(
            PassThroughSettings settings, UnaryOperator<String> environment, TokenSources tokens)
            throws InvalidConfigException {
        Usual usual = USUAL.get(settings.provider());
        if (usual == null) {
            throw new IllegalArgumentException("the provider is not known");
        }
        Setting stated = settings.apiBase();
        String base = stated == null ? usual.base() : stated.in(environment).reveal();
        if (base == null) {
            throw new IllegalArgumentException("it needs an api_base");
        }
        base = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
        String key = key(settings, usual, environment);
        boolean isBearer = usual.keyHeader().equals("Authorization");
        Optional<Protocol> protocol =
                Protocols.of(
                        new ProtocolSettings(
                                "custom_openai",
                                "",
                                new Secret(key),
                                base,
                                null,
                                null,
                                ProtocolSettings.Parameters.STRICT,
                                Map.of(),
                                Map.of(),
                                Map.of(),
                                _ -> null),
                        tokens);
        return new Target(
                settings.provider(),
                base,
                settings.paths(),
                List.of(Map.entry(usual.keyHeader(), isBearer ? "Bearer " + key : key)),
                protocol.orElseThrow());
    }

    private static String key(
            PassThroughSettings settings, Usual usual, UnaryOperator<String> environment)
            throws InvalidConfigException {
        Setting stated = settings.apiKey();
        if (stated != null) {
            return stated.in(environment).reveal();
        }
        for (String name : usual.keyVariables()) {
            String key = environment.apply(name);
            if (key != null && !key.isEmpty()) {
                return key;
            }
        }
        throw new IllegalArgumentException("it needs an api_key, or " + usual.keyVariables());
    }

    /** The target of a provider; null where the operator passes nothing through to it. */
    public @Nullable Target find(String provider) {
        return targets.get(provider);
    }

    /** The providers that are passed through. */
    List<String> providers() {
        return List.copyOf(targets.keySet());
    }

    /** The names under which attempts at them are counted. */
    List<String> groups() {
        return targets.values().stream().map(Target::group).toList();
    }
}

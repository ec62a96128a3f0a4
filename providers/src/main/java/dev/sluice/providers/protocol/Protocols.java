package dev.sluice.providers.protocol;

import dev.sluice.providers.openai.Endpoint;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Which protocol is spoken to a provider, by LiteLLM's prefix. */
public final class Protocols {

    private static final Set<String> OWN =
            Set.of(
                    "anthropic",
                    "azure",
                    "azure_ai",
                    "bedrock",
                    "bedrock_converse",
                    "cohere",
                    "cohere_chat",
                    "gemini",
                    "vertex_ai",
                    "voyage");

    private static final Set<String> WITHOUT_RERANK = Set.of("openai", "text-completion-openai");

    private static final String FIREWORKS_MODELS = "accounts/fireworks/models/";

    /** LiteLLM's {@code model_info.mode} of a model that is called by Responses. */
    public static final String RESPONSES_MODE = "responses";

    private Protocols() {}

    /** All prefixes that can be spoken to, sorted. */
    public static Set<String> names() {
        Set<String> names = new TreeSet<>(CompatibleProvider.ALL.keySet());
        names.addAll(OWN);
        return names;
    }

    /**
     * The protocol of a deployment; empty for a provider that is not known.
     *
     * @throws IllegalArgumentException if the config cannot be followed, such as an address that
     *     cannot be called or a key that is missing; the message holds no secret
     */
    public static Optional<Protocol> of(ProtocolSettings settings, TokenSources tokens) {
        return Optional.ofNullable(own(settings, tokens))
                .map(protocol -> PresetProtocol.around(protocol, settings));
    }

    private static @Nullable Protocol own(ProtocolSettings settings, TokenSources tokens) {
        return switch (settings.provider()) {
            case "anthropic" -> new AnthropicProtocol(settings);
            case "azure" -> AzureOpenAi.openAi(settings, tokens);
            case "azure_ai" -> isOfOthers(settings) ? null : AzureOpenAi.foundry(settings, tokens);
            case "bedrock", "bedrock_converse" -> BedrockProtocol.of(settings);
            case "cohere", "cohere_chat" -> CohereProtocol.of(settings);
            case "gemini" -> GeminiProtocol.studio(settings);
            case "vertex_ai" ->
                    isOfOthers(settings)
                            ? null
                            : GeminiProtocol.vertex(settings, tokens.google(settings));
            case "voyage" -> VoyageProtocol.of(settings);
            default -> compatible(settings);
        };
    }

    /** Clouds also sell models that have protocols of their own there; these are not known yet. */
    private static boolean isOfOthers(ProtocolSettings settings) {
        return settings.model().contains("claude")
                || (settings.provider().equals("vertex_ai")
                        && settings.model().contains("/")
                        && !settings.model().startsWith("publishers/google/"));
    }

    private static @Nullable Protocol compatible(ProtocolSettings settings) {
        CompatibleProvider provider = CompatibleProvider.ALL.get(settings.provider());
        if (provider == null) {
            return null;
        }
        String base = base(settings, provider);
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        headers.add(Map.entry("Authorization", "Bearer " + key(settings, provider)));
        headers.add(Map.entry("Content-Type", "application/json"));
        headers.add(Map.entry("User-Agent", "sluice"));
        if (settings.organization() != null) {
            headers.add(Map.entry("OpenAI-Organization", settings.organization()));
        }
        Map<Endpoint, URI> urls = new EnumMap<>(Endpoint.class);
        for (Endpoint endpoint : Endpoint.EVERYWHERE) {
            if (endpoint != Endpoint.RERANK || !WITHOUT_RERANK.contains(provider.name())) {
                urls.put(endpoint, URI.create(base + endpoint.path()));
            }
        }
        if (hasResponses(settings, provider, base)) {
            urls.put(Endpoint.RESPONSES, URI.create(base + Endpoint.RESPONSES.path()));
        }
        String model = settings.model();
        boolean isShort = provider.name().equals("fireworks_ai") && !model.contains("/");
        return new OpenAiProtocol(
                settings,
                isShort ? FIREWORKS_MODELS + model : model,
                provider.quirks(model),
                urls,
                headers,
                null);
    }

    /**
     * Who has Responses: OpenAI and xAI at home, and a deployment of which the config says so. What
     * else speaks OpenAI's wire may have chats only.
     */
    private static boolean hasResponses(
            ProtocolSettings settings, CompatibleProvider provider, String base) {
        boolean isAtHome =
                Set.of("openai", "xai").contains(provider.name()) && base.equals(provider.base());
        return isAtHome || RESPONSES_MODE.equals(settings.extra().get("mode"));
    }

    private static String base(ProtocolSettings settings, CompatibleProvider provider) {
        String base = settings.apiBase();
        for (String name : provider.baseVariables()) {
            base = base == null ? settings.environment().apply(name) : base;
        }
        base = base == null ? provider.base() : base;
        if (base == null) {
            throw new IllegalArgumentException(
                    "%s needs an api_base, or one of %s"
                            .formatted(provider.name(), provider.baseVariables()));
        }
        base = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
        for (Endpoint endpoint : Endpoint.values()) {
            if (base.endsWith(endpoint.path())) {
                base = base.substring(0, base.length() - endpoint.path().length());
            }
        }
        // Its users name the server, as its own API wants it.
        boolean isOllama = provider.name().startsWith("ollama");
        return isOllama && !base.endsWith("/v1") ? base + "/v1" : base;
    }

    /** Servers that ask for no key are told that there is none. */
    private static String key(ProtocolSettings settings, CompatibleProvider provider) {
        if (settings.apiKey() != null) {
            return settings.apiKey().reveal();
        }
        for (String name : provider.keyVariables()) {
            String key = settings.environment().apply(name);
            if (key != null && !key.isEmpty()) {
                return key;
            }
        }
        return "none";
    }
}

package dev.sluice.providers.protocol;

import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.protocol.CompatibleProvider.Quirks;
import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * OpenAI's wire at Azure: paths of deployments with a version of the API, the newer {@code
 * /openai/v1}, and the models of Azure AI Foundry.
 */
final class AzureOpenAi {

    private static final String USUAL_VERSION = "2025-02-01-preview";
    private static final List<String> V1_VERSIONS = List.of("v1", "latest", "preview");
    private static final String USUAL_FOUNDRY_VERSION = "2024-05-01-preview";

    private AzureOpenAi() {}

    /** {@code azure/DEPLOYMENT}. */
    static OpenAiProtocol openAi(ProtocolSettings settings, TokenSources tokens) {
        String base = base(settings, List.of("AZURE_API_BASE", "AZURE_OPENAI_ENDPOINT"));
        String version =
                version(
                        settings,
                        List.of("AZURE_API_VERSION", "OPENAI_API_VERSION"),
                        USUAL_VERSION);
        Map<Endpoint, URI> urls = new EnumMap<>(Endpoint.class);
        for (Endpoint endpoint : Endpoint.EVERYWHERE) {
            if (endpoint != Endpoint.RERANK && endpoint != Endpoint.MODERATIONS) {
                urls.put(endpoint, URI.create(url(base, settings.model(), version, endpoint)));
            }
        }
        String responses = url(base, settings.model(), version, Endpoint.RESPONSES);
        if (responses.contains("/openai/v1/")) {
            urls.put(Endpoint.RESPONSES, URI.create(responses));
        }
        return protocol(
                settings,
                urls,
                "api-key",
                List.of("AZURE_API_KEY", "AZURE_OPENAI_API_KEY"),
                tokens);
    }

    private static String url(String base, String model, String version, Endpoint endpoint) {
        boolean isV1 = V1_VERSIONS.contains(version);
        int deployments = base.indexOf("/openai/deployments/");
        int v1 = base.indexOf("/openai/v1");
        if (v1 >= 0) {
            return base.substring(0, v1) + "/openai/v1" + endpoint.path();
        }
        String root = deployments < 0 ? base : base.substring(0, deployments);
        root = root.endsWith("/openai") ? root.substring(0, root.length() - 7) : root;
        if (isV1) {
            String query = version.equals("preview") ? "?api-version=preview" : "";
            return root + "/openai/v1" + endpoint.path() + query;
        }
        return "%s/openai/deployments/%s%s?api-version=%s"
                .formatted(root, encoded(model), endpoint.path(), encoded(version));
    }

    /** {@code azure_ai/MODEL}: Azure AI Foundry, or a model's server of its own. */
    static OpenAiProtocol foundry(ProtocolSettings settings, TokenSources tokens) {
        String base = base(settings, List.of("AZURE_AI_API_BASE"));
        boolean isFoundry =
                URI.create(base).getHost() != null
                        && URI.create(base)
                                .getHost()
                                .toLowerCase(Locale.ROOT)
                                .endsWith(".services.ai.azure.com");
        String version =
                settings.apiVersion() == null && !isFoundry && !base.endsWith("/models")
                        ? ""
                        : "?api-version="
                                + encoded(version(settings, List.of(), USUAL_FOUNDRY_VERSION));
        String root = isFoundry && !base.endsWith("/models") ? base + "/models" : base;
        Map<Endpoint, URI> urls = new EnumMap<>(Endpoint.class);
        for (Endpoint endpoint : Endpoint.EVERYWHERE) {
            urls.put(endpoint, URI.create(root + endpoint.path() + version));
        }
        String home = root.endsWith("/models") ? root.substring(0, root.length() - 7) : root;
        String v1 = home.endsWith("/v1") ? home : home + "/v1";
        urls.put(Endpoint.RERANK, URI.create(v1 + Endpoint.RERANK.path()));
        return protocol(
                settings,
                urls,
                isFoundry ? "api-key" : "Authorization",
                List.of("AZURE_AI_API_KEY"),
                tokens);
    }

    private static OpenAiProtocol protocol(
            ProtocolSettings settings,
            Map<Endpoint, URI> urls,
            String keyHeader,
            List<String> keyVariables,
            TokenSources tokens) {
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        headers.add(Map.entry("Content-Type", "application/json"));
        headers.add(Map.entry("User-Agent", "sluice"));
        String key = key(settings, keyVariables);
        Object token = settings.extra().get("azure_ad_token");
        AccessTokens renewed = null;
        if (token instanceof String constant && !constant.isEmpty()) {
            headers.add(Map.entry("Authorization", "Bearer " + constant));
        } else if (key != null) {
            boolean isBearer = keyHeader.equals("Authorization");
            headers.add(Map.entry(keyHeader, isBearer ? "Bearer " + key : key));
        } else {
            renewed = tokens.entra(settings);
        }
        String model = settings.model();
        String base = settings.extra().get("base_model") instanceof String named ? named : model;
        Quirks quirks =
                new CompatibleProvider("azure", null, List.of(), List.of(), Quirks.NONE)
                        .quirks(base);
        return new OpenAiProtocol(settings, model, quirks, urls, headers, renewed);
    }

    private static @Nullable String key(ProtocolSettings settings, List<String> variables) {
        Secret stated = settings.apiKey();
        String key = stated == null ? null : stated.reveal();
        for (String name : variables) {
            key = key == null ? settings.environment().apply(name) : key;
        }
        return key == null || key.isEmpty() ? null : key;
    }

    private static String base(ProtocolSettings settings, List<String> variables) {
        String base = settings.apiBase();
        for (String name : variables) {
            base = base == null ? settings.environment().apply(name) : base;
        }
        if (base == null) {
            throw new IllegalArgumentException(
                    settings.provider() + " needs an api_base, or " + variables);
        }
        for (Endpoint endpoint : Endpoint.values()) {
            int at = base.indexOf(endpoint.path());
            base = at < 0 ? base : base.substring(0, at);
        }
        int query = base.indexOf('?');
        base = query < 0 ? base : base.substring(0, query);
        return base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
    }

    private static String version(ProtocolSettings settings, List<String> variables, String usual) {
        String version = settings.apiVersion();
        for (String name : variables) {
            version = version == null ? settings.environment().apply(name) : version;
        }
        return version == null ? usual : version;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}

package dev.sluice.providers.protocol;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.gemini.GeminiEmbeddings;
import dev.sluice.providers.gemini.GeminiRequest;
import dev.sluice.providers.gemini.GeminiSettings;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.OutputCap;
import dev.sluice.providers.openai.UnsupportedRequestException;
import dev.sluice.providers.transport.Slice;
import dev.sluice.providers.transport.UpstreamTarget;
import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Google's {@code generateContent} and embeddings. AI Studio and Vertex speak alike; they differ in
 * paths, in who the caller is, and in how they embed.
 */
public final class GeminiProtocol implements Protocol {

    private static final String STUDIO = "https://generativelanguage.googleapis.com/v1beta";

    private final GeminiSettings settings;
    private final GeminiEmbeddings.Form embeddings;
    private final @Nullable AccessTokens tokens;
    private final UpstreamTarget plain;
    private final UpstreamTarget stream;
    private final UpstreamTarget embed;

    private GeminiProtocol(
            GeminiSettings settings,
            GeminiEmbeddings.Form embeddings,
            @Nullable AccessTokens tokens,
            String modelUrl,
            List<Map.Entry<String, String>> headers) {
        this.settings = settings;
        this.embeddings = embeddings;
        this.tokens = tokens;
        this.plain = target(modelUrl, "generateContent", headers);
        this.stream = target(modelUrl, "streamGenerateContent?alt=sse", headers);
        this.embed = target(modelUrl, embeddings.method(), headers);
    }

    private static UpstreamTarget target(
            String modelUrl, String method, List<Map.Entry<String, String>> headers) {
        return UpstreamTarget.of(URI.create(modelUrl + ":" + method), headers);
    }

    /**
     * AI Studio, with a key.
     *
     * @throws IllegalArgumentException if the model's name or the base cannot be part of a URL
     */
    public static GeminiProtocol studio(ProtocolSettings settings) {
        String model = bare(settings.model(), "models/");
        String base = settings.apiBase() == null ? STUDIO : withoutSlash(settings.apiBase());
        List<Map.Entry<String, String>> headers = headers(settings);
        Secret key = key(settings);
        if (key != null) {
            headers.add(Map.entry("x-goog-api-key", key.reveal()));
        }
        return new GeminiProtocol(
                gemini(settings, model),
                GeminiEmbeddings.Form.BATCH,
                null,
                base + "/models/" + model,
                headers);
    }

    /**
     * Vertex, with tokens. Project and location stand in {@code vertex_project} and {@code
     * vertex_location}, or in the variables that LiteLLM reads; the project also in credentials.
     *
     * @throws IllegalArgumentException without a project, or if one of the names cannot be part of
     *     a URL
     */
    public static GeminiProtocol vertex(ProtocolSettings settings, AccessTokens tokens) {
        String model = bare(settings.model(), "publishers/google/models/");
        return new GeminiProtocol(
                gemini(settings, model),
                model.startsWith("gemini-embedding-2")
                        ? GeminiEmbeddings.Form.SINGLE
                        : GeminiEmbeddings.Form.PREDICT,
                tokens,
                vertexUrl(settings, model, tokens),
                headers(settings));
    }

    private static String vertexUrl(ProtocolSettings settings, String model, AccessTokens tokens) {
        String base = settings.apiBase();
        if (base != null && base.contains("/models/")) {
            return withoutSlash(base);
        }
        String project =
                setting(
                        settings,
                        List.of("vertex_project", "vertex_ai_project"),
                        List.of("VERTEXAI_PROJECT", "GOOGLE_CLOUD_PROJECT"));
        if (project == null) {
            project = tokens.project().orElse(null);
        }
        if (project == null) {
            throw new IllegalArgumentException("vertex_project is not set");
        }
        String named =
                setting(
                        settings,
                        List.of("vertex_location", "vertex_ai_location"),
                        List.of("VERTEXAI_LOCATION", "VERTEX_LOCATION"));
        String location = named == null ? "us-central1" : named;
        String root = base == null ? vertexBase(location) : withoutSlash(base);
        // A model that was tuned is known by its endpoint's number.
        String path =
                model.chars().allMatch(Character::isDigit)
                        ? "/endpoints/"
                        : "/publishers/google/models/";
        return root + "/projects/" + project + "/locations/" + location + path + model;
    }

    private static String vertexBase(String location) {
        String host =
                switch (location) {
                    case "global" -> "aiplatform.googleapis.com";
                    case "us", "eu" -> "aiplatform." + location + ".rep.googleapis.com";
                    default -> location + "-aiplatform.googleapis.com";
                };
        return "https://" + host + "/v1beta1";
    }

    private static @Nullable String setting(
            ProtocolSettings settings, List<String> names, List<String> variables) {
        for (String name : names) {
            if (settings.extra().get(name) instanceof String text && !text.isEmpty()) {
                return text;
            }
        }
        for (String variable : variables) {
            String text = settings.environment().apply(variable);
            if (text != null && !text.isEmpty()) {
                return text;
            }
        }
        return null;
    }

    private static @Nullable Secret key(ProtocolSettings settings) {
        if (settings.apiKey() != null) {
            return settings.apiKey();
        }
        String key = setting(settings, List.of(), List.of("GEMINI_API_KEY", "GOOGLE_API_KEY"));
        return key == null ? null : new Secret(key);
    }

    private static List<Map.Entry<String, String>> headers(ProtocolSettings settings) {
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        headers.add(Map.entry("content-type", "application/json"));
        settings.extraHeaders()
                .forEach((name, value) -> headers.add(Map.entry(name, value.reveal())));
        return headers;
    }

    private static GeminiSettings gemini(ProtocolSettings settings, String model) {
        ObjectNode extraBody = JsonTrees.MAPPER.valueToTree(new HashMap<>(settings.extraBody()));
        return new GeminiSettings(
                settings.provider(),
                model,
                settings.parameters().drop(),
                settings.parameters().alsoDrop(),
                settings.parameters().allow(),
                extraBody);
    }

    private static String bare(String model, String prefix) {
        return model.startsWith(prefix) ? model.substring(prefix.length()) : model;
    }

    private static String withoutSlash(String base) {
        return base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
    }

    @Override
    public String home() {
        return plain.toString();
    }

    @Override
    public boolean serves(Endpoint endpoint) {
        return endpoint == Endpoint.CHAT_COMPLETIONS || endpoint == Endpoint.EMBEDDINGS;
    }

    @Override
    public Preparation prepare(ModelCall call) {
        if (!serves(call.endpoint())) {
            return new Preparation.Unsupported(
                    "The provider has no " + call.endpoint().path() + ".", null);
        }
        Optional<ObjectNode> request = JsonTrees.object(call.body(), 0, call.length());
        if (request.isEmpty()) {
            return new Preparation.Unsupported(
                    "The request is nested too deeply, or a text in it is too long.", null);
        }
        List<Map.Entry<String, String>> headers = List.of();
        if (tokens != null) {
            Optional<Secret> token = tokens.current();
            if (token.isEmpty()) {
                return new Preparation.NotNow("There is no access token for the provider now.");
            }
            headers = List.of(Map.entry("authorization", "Bearer " + token.get().reveal()));
        }
        try {
            return call.endpoint() == Endpoint.EMBEDDINGS
                    ? embedding(request.get(), headers)
                    : chat(call, request.get(), headers);
        } catch (UnsupportedRequestException e) {
            return new Preparation.Unsupported(e.problem(), e.param());
        }
    }

    private Preparation chat(
            ModelCall call, ObjectNode request, List<Map.Entry<String, String>> headers)
            throws UnsupportedRequestException {
        List<Map.Entry<String, String>> all = tokens == null ? headers : tiered(request, headers);
        OutputCap cap = call.cap();
        ObjectNode body =
                GeminiRequest.of(request, settings, cap == null ? Long.MAX_VALUE : cap.tokens());
        return new Preparation.Ready(
                call.peek().stream() ? stream : plain,
                all,
                List.of(Slice.of(JsonTrees.bytes(body))),
                new GeminiTranslation.Chat(settings.model()));
    }

    /** Vertex takes the tier in headers, AI Studio in the body. */
    private static List<Map.Entry<String, String>> tiered(
            ObjectNode request, List<Map.Entry<String, String>> headers) {
        String tier = request.path("service_tier").asText();
        if (!tier.equals("flex") && !tier.equals("priority")) {
            return headers;
        }
        request.remove("service_tier");
        List<Map.Entry<String, String>> all = new ArrayList<>(headers);
        all.add(Map.entry("x-vertex-ai-llm-request-type", "shared"));
        all.add(Map.entry("x-vertex-ai-llm-shared-request-type", tier));
        return all;
    }

    private Preparation embedding(ObjectNode request, List<Map.Entry<String, String>> headers)
            throws UnsupportedRequestException {
        ObjectNode body = GeminiEmbeddings.request(request, settings, embeddings);
        boolean isBase64 = request.path("encoding_format").asText().equals("base64");
        return new Preparation.Ready(
                embed,
                headers,
                List.of(Slice.of(JsonTrees.bytes(body))),
                new GeminiTranslation.Embeddings(settings.model(), isBase64));
    }
}

package dev.sluice.providers.protocol;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.anthropic.MessagesAnswer;
import dev.sluice.providers.anthropic.MessagesError;
import dev.sluice.providers.anthropic.MessagesRequest;
import dev.sluice.providers.anthropic.MessagesStream;
import dev.sluice.providers.anthropic.ParameterRules;
import dev.sluice.providers.openai.ByteSource;
import dev.sluice.providers.openai.ChatAnswer;
import dev.sluice.providers.openai.ChatChunks;
import dev.sluice.providers.openai.ChatStream;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.OutputCap;
import dev.sluice.providers.openai.UnsupportedRequestException;
import dev.sluice.providers.transport.Slice;
import dev.sluice.providers.transport.UpstreamTarget;
import dev.sluice.schemas.config.Secret;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/** Anthropic's Messages API, at Anthropic or at whoever speaks it under {@code api_base}. */
public final class AnthropicProtocol implements Protocol {

    private static final String VERSION = "2023-06-01";

    /** Keys of this form are tokens of a person, sent otherwise than an account's. */
    private static final String TOKEN_PREFIX = "sk-ant-oat";

    private final String model;
    private final ParameterRules rules;
    private final long usualMaxTokens;
    private final ObjectNode extraBody;
    private final UpstreamTarget target;

    /**
     * A deployment.
     *
     * @throws IllegalArgumentException if {@code api_base} or an extra header cannot be sent
     */
    public AnthropicProtocol(ProtocolSettings settings) {
        this.model = settings.model();
        ProtocolSettings.Parameters parameters = settings.parameters();
        this.rules =
                new ParameterRules(
                        parameters.drop(),
                        Set.copyOf(parameters.alsoDrop()),
                        Set.copyOf(parameters.allow()));
        this.usualMaxTokens =
                settings.extra().get("max_tokens") instanceof Number tokens
                                && tokens.longValue() > 0
                        ? tokens.longValue()
                        : MessagesRequest.MAX_TOKENS;
        this.extraBody = JsonTrees.MAPPER.valueToTree(settings.extraBody());
        this.target = UpstreamTarget.of(URI.create(url(settings)), headers(settings));
    }

    private static String url(ProtocolSettings settings) {
        String base = settings.apiBase();
        if (base == null) {
            base = settings.environment().apply("ANTHROPIC_API_BASE");
        }
        if (base == null) {
            base = settings.environment().apply("ANTHROPIC_BASE_URL");
        }
        String url = requireNonNullElse(base, "https://api.anthropic.com");
        while (url.endsWith("/")) {
            url = url.substring(0, url.length() - 1);
        }
        if (url.endsWith("/v1/messages")) {
            return url;
        }
        return url + (url.endsWith("/v1") ? "/messages" : "/v1/messages");
    }

    /** The operator's own headers hold against ours. */
    private static List<Map.Entry<String, String>> headers(ProtocolSettings settings) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.put("content-type", "application/json");
        headers.put("anthropic-version", VERSION);
        Secret configured = settings.apiKey();
        String key =
                configured == null
                        ? settings.environment().apply("ANTHROPIC_API_KEY")
                        : configured.reveal();
        String token = key == null ? settings.environment().apply("ANTHROPIC_AUTH_TOKEN") : null;
        if (token != null) {
            headers.put("authorization", "Bearer " + token);
        } else if (key != null && key.startsWith(TOKEN_PREFIX)) {
            headers.put("authorization", "Bearer " + key);
            headers.put("anthropic-beta", "oauth-2025-04-20");
        } else if (key != null) {
            headers.put("x-api-key", key);
        }
        settings.extraHeaders().forEach((name, value) -> headers.put(name, value.reveal()));
        return List.copyOf(headers.entrySet());
    }

    @Override
    public String home() {
        return target.toString();
    }

    @Override
    public boolean serves(Endpoint endpoint) {
        return endpoint == Endpoint.CHAT_COMPLETIONS;
    }

    @Override
    public Preparation prepare(ModelCall call) {
        if (!serves(call.endpoint())) {
            return new Preparation.Unsupported(
                    "anthropic has no " + call.endpoint().path() + ".", null);
        }
        Optional<ObjectNode> request = JsonTrees.object(call.body(), 0, call.length());
        if (request.isEmpty()) {
            return new Preparation.Unsupported("The request is nested too deeply.", null);
        }
        OutputCap cap = call.cap();
        var deployment =
                new MessagesRequest.Deployment(
                        model,
                        rules,
                        usualMaxTokens,
                        cap == null ? Long.MAX_VALUE : cap.tokens(),
                        extraBody);
        try {
            MessagesRequest made = MessagesRequest.of(request.get(), deployment);
            return new Preparation.Ready(
                    target,
                    made.betas().isEmpty()
                            ? List.of()
                            : List.of(Map.entry("anthropic-beta", String.join(",", made.betas()))),
                    List.of(Slice.of(JsonTrees.bytes(made.body()))),
                    new MessagesTranslation(model, made.answersByTool()));
        } catch (UnsupportedRequestException e) {
            return new Preparation.Unsupported(e.problem(), e.param());
        }
    }

    private record MessagesTranslation(String model, boolean answersByTool) implements Translation {

        private static String newId() {
            return "chatcmpl-" + UUID.randomUUID();
        }

        @Override
        public byte[] answer(byte[] body) throws UnreadableAnswerException {
            ObjectNode tree =
                    JsonTrees.object(body, 0, body.length)
                            .orElseThrow(() -> new UnreadableAnswerException("not a JSON object"));
            var answer = new ChatAnswer(newId(), model, Instant.now().getEpochSecond());
            if (!MessagesAnswer.tell(tree, answersByTool, answer)) {
                throw new UnreadableAnswerException("not a message with content");
            }
            return answer.json();
        }

        @Override
        public ByteSource stream(ByteSource source) {
            return new ChatStream(
                    new ChatChunks(newId(), model, Instant.now().getEpochSecond()),
                    new MessagesStream(source, answersByTool));
        }

        @Override
        public ProviderFailure failure(int status, HeaderLookup header, byte[] body) {
            JsonNode tree =
                    JsonTrees.object(body, 0, body.length)
                            .orElseGet(JsonTrees.MAPPER::createObjectNode);
            MessagesError error = MessagesError.of(status, tree);
            return new ProviderFailure(
                    error.status(), error.body().json(), RetryAfter.seconds(header));
        }
    }
}

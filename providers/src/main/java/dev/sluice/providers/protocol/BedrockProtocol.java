package dev.sluice.providers.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.bedrock.BedrockAccess;
import dev.sluice.providers.bedrock.ConverseAnswers;
import dev.sluice.providers.bedrock.ConverseErrors;
import dev.sluice.providers.bedrock.ConverseEvents;
import dev.sluice.providers.bedrock.ConverseRequest;
import dev.sluice.providers.bedrock.RequestSigner;
import dev.sluice.providers.bedrock.RequestSigner.NoCredentialsException;
import dev.sluice.providers.openai.ByteSource;
import dev.sluice.providers.openai.ChatAnswer;
import dev.sluice.providers.openai.ChatChunks;
import dev.sluice.providers.openai.ChatStream;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.UnsupportedRequestException;
import dev.sluice.providers.transport.Slice;
import dev.sluice.providers.transport.UpstreamTarget;

import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/** AWS Bedrock's Converse and ConverseStream, for every chat model behind them. */
public final class BedrockProtocol implements Protocol {

    /** A message holds a few tokens; one of this size is not Bedrock's. */
    private static final int MESSAGE_BYTES_MAX = 8 << 20;

    private final ProtocolSettings settings;
    private final ParameterRules rules;
    private final RequestSigner signer;
    private final String model;
    private final Endpoints plain;
    private final Endpoints streamed;

    private record Endpoints(URI url, UpstreamTarget target) {}

    private BedrockProtocol(ProtocolSettings settings, BedrockAccess access) {
        this.settings = settings;
        this.rules = new ParameterRules(settings, ConverseRequest.PARAMETERS);
        this.signer = access.signer();
        this.model = access.model();
        this.plain = endpoint(access.url("converse"), "application/json");
        this.streamed =
                endpoint(access.url("converse-stream"), "application/vnd.amazon.eventstream");
    }

    /**
     * A deployment of Bedrock.
     *
     * @throws IllegalArgumentException if the config cannot be followed; the message names the key
     */
    public static BedrockProtocol of(ProtocolSettings settings) {
        return new BedrockProtocol(
                settings,
                BedrockAccess.of(
                        settings.model(),
                        settings.apiKey(),
                        settings.apiBase(),
                        settings.extra(),
                        settings.environment()));
    }

    private Endpoints endpoint(URI url, String accept) {
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        headers.add(Map.entry("Content-Type", "application/json"));
        headers.add(Map.entry("Accept", accept));
        settings.extraHeaders()
                .forEach((name, value) -> headers.add(Map.entry(name, value.reveal())));
        return new Endpoints(url, UpstreamTarget.of(url, headers));
    }

    @Override
    public String home() {
        return plain.target().toString();
    }

    @Override
    public boolean serves(Endpoint endpoint) {
        return endpoint == Endpoint.CHAT_COMPLETIONS;
    }

    @Override
    public Preparation prepare(ModelCall call) {
        if (!serves(call.endpoint())) {
            return new Preparation.Unsupported(
                    "Bedrock's Converse has no " + call.endpoint().path() + ".", null);
        }
        Endpoints endpoint = call.peek().stream() ? streamed : plain;
        try {
            ObjectNode converse = rules.apply(call, request -> ConverseRequest.of(request, model));
            ConverseRequest.addExtra(converse, settings.extra(), settings.extraBody());
            byte[] body = JsonTrees.bytes(converse);
            return new Preparation.Ready(
                    endpoint.target(),
                    signer.sign(endpoint.url(), body),
                    List.of(Slice.of(body)),
                    new Converse(settings.model()));
        } catch (UnsupportedRequestException e) {
            return new Preparation.Unsupported(e.problem(), e.param());
        } catch (NoCredentialsException e) {
            return new Preparation.NotNow(
                    Objects.requireNonNullElse(e.getMessage(), "There are no AWS credentials."));
        }
    }

    private record Converse(String model) implements Translation {

        @Override
        public boolean isStream(String contentType) {
            return contentType.startsWith("application/vnd.amazon.eventstream");
        }

        @Override
        public byte[] answer(byte[] body) throws UnreadableAnswerException {
            JsonNode tree =
                    JsonTrees.object(body, 0, body.length)
                            .orElseThrow(() ->
                                    new UnreadableAnswerException("the answer is no JSON object"));
            var answer = new ChatAnswer(newId(), model, Instant.now().getEpochSecond());
            if (!ConverseAnswers.tell(tree, answer)) {
                throw new UnreadableAnswerException("the answer has no message");
            }
            return answer.json();
        }

        @Override
        public ByteSource stream(ByteSource source) {
            return new ChatStream(
                    new ChatChunks(newId(), model, Instant.now().getEpochSecond()),
                    new ConverseEvents(source, MESSAGE_BYTES_MAX));
        }

        @Override
        public ProviderFailure failure(int status, HeaderLookup header, byte[] body) {
            String type = header.value("x-amzn-errortype");
            ConverseErrors.Answered error =
                    ConverseErrors.of(status, type == null ? "" : type, body);
            return new ProviderFailure(
                    error.status(), error.body().json(), RetryAfter.seconds(header));
        }

        private static String newId() {
            return "chatcmpl-" + UUID.randomUUID();
        }
    }
}

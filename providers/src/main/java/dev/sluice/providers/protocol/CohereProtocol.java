package dev.sluice.providers.protocol;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.cohere.CohereAnswers;
import dev.sluice.providers.cohere.CohereEmbeddings;
import dev.sluice.providers.cohere.CohereErrors;
import dev.sluice.providers.cohere.CohereEvents;
import dev.sluice.providers.cohere.CohereRequest;
import dev.sluice.providers.cohere.Rerank;
import dev.sluice.providers.openai.ByteSource;
import dev.sluice.providers.openai.ChatAnswer;
import dev.sluice.providers.openai.ChatChunks;
import dev.sluice.providers.openai.ChatStream;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.UnsupportedRequestException;
import dev.sluice.providers.transport.Slice;
import dev.sluice.providers.transport.UpstreamTarget;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Cohere's second API: chat, embeddings and rerank. */
public final class CohereProtocol implements Protocol {

    private static final Set<Endpoint> SERVED =
            Set.of(Endpoint.CHAT_COMPLETIONS, Endpoint.EMBEDDINGS, Endpoint.RERANK);

    private static final int EVENT_BYTES_MAX = 8 << 20;

    private final ProtocolSettings settings;
    private final ParameterRules chatRules;
    private final ParameterRules embeddingRules;
    private final UpstreamTarget chat;
    private final UpstreamTarget embed;
    private final UpstreamTarget rerank;
    private final ParameterRules rerankRules;

    private CohereProtocol(ProtocolSettings settings) {
        this.settings = settings;
        this.chatRules = new ParameterRules(settings, CohereRequest.PARAMETERS);
        this.embeddingRules = new ParameterRules(settings, CohereEmbeddings.PARAMETERS);
        String base =
                BearerTarget.base(
                        settings,
                        "https://api.cohere.com",
                        List.of("/chat", "/embed", "/rerank", "/v1", "/v2"));
        List<String> keys = List.of("COHERE_API_KEY", "CO_API_KEY");
        this.chat = BearerTarget.of(settings, base + "/v2/chat", keys);
        this.embed = BearerTarget.of(settings, base + "/v2/embed", keys);
        this.rerank = BearerTarget.of(settings, base + "/v2/rerank", keys);
        this.rerankRules = new ParameterRules(settings, Set.of());
    }

    /**
     * A deployment of Cohere.
     *
     * @throws IllegalArgumentException if the config cannot be followed; the message names the key
     */
    public static CohereProtocol of(ProtocolSettings settings) {
        return new CohereProtocol(settings);
    }

    @Override
    public String home() {
        return chat.toString();
    }

    @Override
    public boolean serves(Endpoint endpoint) {
        return SERVED.contains(endpoint);
    }

    @Override
    public Preparation prepare(ModelCall call) {
        try {
            return switch (call.endpoint()) {
                case CHAT_COMPLETIONS ->
                        ready(
                                chat,
                                chatRules.apply(
                                        call,
                                        request -> CohereRequest.of(request, settings.model())),
                                new Chat(settings.model()));
                case EMBEDDINGS ->
                        ready(
                                embed,
                                embeddingRules.apply(
                                        call,
                                        request ->
                                                CohereEmbeddings.request(
                                                        request, settings.model())),
                                new Embeddings(settings.model()));
                case RERANK ->
                        ready(
                                rerank,
                                rerankRules.apply(
                                        call, request -> Rerank.cohere(request, settings.model())),
                                new Reranking());
                case COMPLETIONS, MODERATIONS, IMAGES, SPEECH, TRANSCRIPTIONS, RESPONSES ->
                        new Preparation.Unsupported(
                                "Cohere has no " + call.endpoint().path() + ".", null);
            };
        } catch (UnsupportedRequestException e) {
            return new Preparation.Unsupported(e.problem(), e.param());
        }
    }

    private Preparation ready(UpstreamTarget target, ObjectNode body, Translation translation) {
        settings.extraBody()
                .forEach((name, value) -> body.set(name, JsonTrees.MAPPER.valueToTree(value)));
        return new Preparation.Ready(
                target, List.of(), List.of(Slice.of(JsonTrees.bytes(body))), translation);
    }

    private static ObjectNode object(byte[] body) throws UnreadableAnswerException {
        return JsonTrees.object(body, 0, body.length)
                .orElseThrow(() -> new UnreadableAnswerException("the answer is no JSON object"));
    }

    private static ProviderFailure failed(int status, HeaderLookup header, byte[] body) {
        return new ProviderFailure(
                CohereErrors.status(status),
                CohereErrors.of(status, body).json(),
                RetryAfter.seconds(header));
    }

    private record Chat(String model) implements Translation {

        @Override
        public byte[] answer(byte[] body) throws UnreadableAnswerException {
            var answer = new ChatAnswer(newId(), model, Instant.now().getEpochSecond());
            if (!CohereAnswers.tell(object(body), answer)) {
                throw new UnreadableAnswerException("the answer has no message, or an error");
            }
            return answer.json();
        }

        @Override
        public ByteSource stream(ByteSource source) {
            return new ChatStream(
                    new ChatChunks(newId(), model, Instant.now().getEpochSecond()),
                    new CohereEvents(source, EVENT_BYTES_MAX));
        }

        @Override
        public ProviderFailure failure(int status, HeaderLookup header, byte[] body) {
            return failed(status, header, body);
        }

        private static String newId() {
            return "chatcmpl-" + UUID.randomUUID();
        }
    }

    private record Reranking() implements Translation {

        @Override
        public byte[] answer(byte[] body) throws UnreadableAnswerException {
            ObjectNode answer = object(body);
            if (!answer.path("results").isArray()) {
                throw new UnreadableAnswerException("the answer has no results");
            }
            return body;
        }

        @Override
        public ByteSource stream(ByteSource source) {
            return source; // never asked for: rankings have no streams
        }

        @Override
        public ProviderFailure failure(int status, HeaderLookup header, byte[] body) {
            return failed(status, header, body);
        }
    }

    private record Embeddings(String model) implements Translation {

        @Override
        public byte[] answer(byte[] body) throws UnreadableAnswerException {
            return CohereEmbeddings.answer(object(body), model)
                    .orElseThrow(
                            () -> new UnreadableAnswerException("the answer has no embeddings"));
        }

        @Override
        public ByteSource stream(ByteSource source) {
            return source; // never asked for: embeddings have no streams
        }

        @Override
        public ProviderFailure failure(int status, HeaderLookup header, byte[] body) {
            return failed(status, header, body);
        }
    }
}

package dev.sluice.providers.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.cohere.Rerank;
import dev.sluice.providers.openai.ByteSource;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.ErrorBody;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.StatusErrors;
import dev.sluice.providers.openai.UnsupportedRequestException;
import dev.sluice.providers.transport.Slice;
import dev.sluice.providers.transport.UpstreamTarget;

import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Voyage's embeddings, OpenAI's wire but for a few names, and its rerank. */
public final class VoyageProtocol implements Protocol {

    private final ProtocolSettings settings;
    private final ParameterRules rules;
    private final UpstreamTarget target;
    private final ParameterRules rerankRules;
    private final UpstreamTarget rerank;

    private VoyageProtocol(ProtocolSettings settings) {
        this.settings = settings;
        this.rules = new ParameterRules(settings, Set.of("dimensions", "encoding_format"));
        String base =
                BearerTarget.base(
                        settings,
                        "https://api.voyageai.com",
                        List.of("/embeddings", "/rerank", "/v1"));
        List<String> keys = List.of("VOYAGE_API_KEY", "VOYAGE_AI_API_KEY", "VOYAGE_AI_TOKEN");
        this.target = BearerTarget.of(settings, base + "/v1/embeddings", keys);
        this.rerankRules = new ParameterRules(settings, Set.of());
        this.rerank = BearerTarget.of(settings, base + "/v1/rerank", keys);
    }

    /**
     * A deployment of Voyage.
     *
     * @throws IllegalArgumentException if the config cannot be followed; the message names the key
     */
    public static VoyageProtocol of(ProtocolSettings settings) {
        return new VoyageProtocol(settings);
    }

    @Override
    public String home() {
        return target.toString();
    }

    @Override
    public boolean serves(Endpoint endpoint) {
        return endpoint == Endpoint.EMBEDDINGS || endpoint == Endpoint.RERANK;
    }

    @Override
    public Preparation prepare(ModelCall call) {
        if (!serves(call.endpoint())) {
            return new Preparation.Unsupported(
                    "Voyage has no " + call.endpoint().path() + ".", null);
        }
        try {
            boolean ranks = call.endpoint() == Endpoint.RERANK;
            ObjectNode body =
                    ranks
                            ? rerankRules.apply(
                                    call, request -> Rerank.voyage(request, settings.model()))
                            : rules.apply(call, this::request);
            settings.extraBody()
                    .forEach((name, value) -> body.set(name, JsonTrees.MAPPER.valueToTree(value)));
            return new Preparation.Ready(
                    ranks ? rerank : target,
                    List.of(),
                    List.of(Slice.of(JsonTrees.bytes(body))),
                    ranks ? new Reranking() : new Embeddings(settings.model()));
        } catch (UnsupportedRequestException e) {
            return new Preparation.Unsupported(e.problem(), e.param());
        }
    }

    private ObjectNode request(ObjectNode request) throws UnsupportedRequestException {
        for (JsonNode text : request.path("input")) {
            if (!text.isTextual()) {
                throw new UnsupportedRequestException(
                        "Voyage takes texts as input, not tokens.", "input");
            }
        }
        ObjectNode voyage = request.deepCopy();
        voyage.put("model", settings.model());
        JsonNode dimensions = voyage.remove("dimensions");
        if (dimensions != null) {
            voyage.set("output_dimension", dimensions);
        }
        if (!voyage.path("encoding_format").asText().equals("base64")) {
            voyage.remove("encoding_format"); // lists of numbers have no name at Voyage
        }
        return voyage;
    }

    private record Embeddings(String model) implements Translation {

        @Override
        public byte[] answer(byte[] body) throws UnreadableAnswerException {
            ObjectNode answer =
                    JsonTrees.object(body, 0, body.length)
                            .filter(tree -> tree.path("data").isArray())
                            .orElseThrow(() ->
                                    new UnreadableAnswerException("the answer has no embeddings"));
            if (!answer.path("model").isTextual()) {
                answer.put("model", model);
            }
            JsonNode tokens = answer.at("/usage/total_tokens");
            if (tokens.isNumber()) {
                answer.withObject("/usage").set("prompt_tokens", tokens);
            }
            return JsonTrees.bytes(answer);
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

    private record Reranking() implements Translation {

        @Override
        public byte[] answer(byte[] body) throws UnreadableAnswerException {
            return JsonTrees.object(body, 0, body.length)
                    .flatMap(answer -> Rerank.fromVoyage(answer, "rerank-" + UUID.randomUUID()))
                    .map(JsonTrees::bytes)
                    .orElseThrow(() -> new UnreadableAnswerException("the answer has no results"));
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

    private static ProviderFailure failed(int status, HeaderLookup header, byte[] body) {
        int answered = status < 400 ? 502 : status;
        String detail =
                JsonTrees.object(body, 0, body.length)
                        .map(error -> error.path("detail").asText())
                        .orElse("");
        String said = detail.isEmpty() ? "Voyage answered %d.".formatted(answered) : detail;
        ErrorBody error =
                answered == 400 && said.contains("max allowed tokens")
                        ? StatusErrors.contextLengthExceeded(said)
                        : StatusErrors.of(answered, said);
        return new ProviderFailure(answered, error.json(), RetryAfter.seconds(header));
    }
}

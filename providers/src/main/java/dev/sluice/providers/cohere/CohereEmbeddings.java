package dev.sluice.providers.cohere;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.UnsupportedRequestException;
import dev.sluice.providers.usage.CohereUsage;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Embeddings of Cohere's {@code /v2/embed}, from and to OpenAI's wire. */
public final class CohereEmbeddings {

    /** OpenAI's parameters that Cohere has. */
    public static final Set<String> PARAMETERS = Set.of("dimensions", "encoding_format");

    private static final Set<String> TRANSLATED =
            Set.of("model", "input", "dimensions", "encoding_format");

    private CohereEmbeddings() {}

    /** The body's tree. Without {@code input_type} it is what LiteLLM assumes: documents. */
    public static ObjectNode request(ObjectNode request, String model)
            throws UnsupportedRequestException {
        ObjectNode cohere = JsonTrees.MAPPER.createObjectNode();
        cohere.put("model", model);
        ArrayNode texts = cohere.putArray("texts");
        JsonNode input = request.path("input");
        if (input.isTextual()) {
            texts.add(input);
        }
        for (JsonNode text : input) {
            if (!text.isTextual()) {
                throw new UnsupportedRequestException(
                        "Cohere takes texts as input, not tokens.", "input");
            }
            texts.add(text);
        }
        cohere.put("input_type", "search_document");
        for (Map.Entry<String, JsonNode> field : request.properties()) {
            if (!TRANSLATED.contains(field.getKey())) {
                cohere.set(field.getKey(), field.getValue());
            }
        }
        boolean isBase64 = request.path("encoding_format").asText().equals("base64");
        cohere.putArray("embedding_types").add(isBase64 ? "base64" : "float");
        if (request.has("dimensions")) {
            cohere.set("output_dimension", request.path("dimensions"));
        }
        return cohere;
    }

    /** OpenAI's answer; empty if this is none of Cohere's. */
    public static Optional<byte[]> answer(JsonNode answer, String model) {
        JsonNode byType = answer.path("embeddings");
        JsonNode vectors = byType.has("base64") ? byType.path("base64") : byType.path("float");
        if (!vectors.isArray()) {
            return Optional.empty();
        }
        ObjectNode made = JsonTrees.MAPPER.createObjectNode();
        made.put("object", "list");
        ArrayNode data = made.putArray("data");
        for (JsonNode vector : vectors) {
            ObjectNode one = data.addObject();
            one.put("object", "embedding").put("index", data.size() - 1).set("embedding", vector);
        }
        made.put("model", model);
        long tokens = CohereUsage.of(answer.path("meta")).promptTokens();
        made.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
        return Optional.of(JsonTrees.bytes(made));
    }
}

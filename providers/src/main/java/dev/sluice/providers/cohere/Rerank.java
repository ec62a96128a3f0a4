package dev.sluice.providers.cohere;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;

import java.util.Optional;

/**
 * Rerank calls, which all speak Cohere's shape here as they do at LiteLLM: {@code query}, {@code
 * documents}, {@code top_n} in, {@code results} out.
 */
public final class Rerank {

    private Rerank() {}

    /** The body for Cohere's {@code /v2/rerank}, which takes texts only. */
    public static ObjectNode cohere(JsonNode request, String model) {
        ObjectNode made = common(request, model);
        copy(request, "top_n", made, "top_n");
        copy(request, "max_tokens_per_doc", made, "max_tokens_per_doc");
        return made;
    }

    /** The body for Voyage's {@code /v1/rerank}. */
    public static ObjectNode voyage(JsonNode request, String model) {
        ObjectNode made = common(request, model);
        copy(request, "top_n", made, "top_k");
        copy(request, "return_documents", made, "return_documents");
        copy(request, "truncation", made, "truncation");
        return made;
    }

    private static ObjectNode common(JsonNode request, String model) {
        ObjectNode made = JsonTrees.MAPPER.createObjectNode();
        made.put("model", model);
        copy(request, "query", made, "query");
        ArrayNode documents = made.putArray("documents");
        for (JsonNode document : request.path("documents")) {
            documents.add(document.has("text") ? document.path("text") : document);
        }
        return made;
    }

    private static void copy(JsonNode from, String name, ObjectNode into, String other) {
        if (from.hasNonNull(name)) {
            into.set(other, from.path(name));
        }
    }

    /**
     * The answer of a server that has taken over Cohere's shape but for a little: Jina, vLLM and
     * others. Empty if it is none.
     */
    public static Optional<ObjectNode> completed(ObjectNode answer, String id) {
        if (!answer.path("results").isArray()) {
            return Optional.empty();
        }
        if (!answer.path("id").isTextual()) {
            answer.put("id", id);
        }
        JsonNode tokens = answer.at("/usage/total_tokens");
        if (!answer.path("meta").isObject() && tokens.isNumber()) {
            meta(answer, tokens);
        }
        return Optional.of(answer);
    }

    private static void meta(ObjectNode answer, JsonNode tokens) {
        ObjectNode meta = answer.putObject("meta");
        meta.putObject("billed_units").set("total_tokens", tokens);
        meta.putObject("tokens").set("input_tokens", tokens);
    }

    /** Voyage's answer in Cohere's shape; empty if it is none. Cohere's own goes as it is. */
    public static Optional<ObjectNode> fromVoyage(JsonNode answer, String id) {
        if (!answer.path("data").isArray()) {
            return Optional.empty();
        }
        ObjectNode made = JsonTrees.MAPPER.createObjectNode();
        made.put("id", id);
        ArrayNode results = made.putArray("results");
        for (JsonNode result : answer.path("data")) {
            ObjectNode one = results.addObject();
            copy(result, "index", one, "index");
            copy(result, "relevance_score", one, "relevance_score");
            if (result.path("document").isTextual()) {
                one.putObject("document").set("text", result.path("document"));
            }
        }
        JsonNode tokens = answer.at("/usage/total_tokens");
        if (tokens.isNumber()) {
            meta(made, tokens);
        }
        return Optional.of(made);
    }
}

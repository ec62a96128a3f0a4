package dev.sluice.standalone.transcripts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;

import java.util.List;

/** Calls rankings, which are in Cohere's shape whoever makes them. */
final class RerankForm implements CallForm {

    @Override
    public String path() {
        return "/v1/rerank";
    }

    @Override
    public ObjectNode request(Recording recording) {
        ObjectNode request = JsonTrees.MAPPER.createObjectNode();
        if (recording.request().path("body") instanceof ObjectNode recorded
                && !recording.isError()) {
            request.setAll(recorded);
            JsonNode most = request.remove("top_k");
            if (most != null) {
                request.set("top_n", most);
            }
        } else {
            request.put("query", "Hello").putArray("documents").add("a text");
        }
        return request;
    }

    @Override
    public ObjectNode expected(Recording recording) {
        ObjectNode expected = JsonTrees.MAPPER.createObjectNode();
        expected.set("results", recording.facts().path("results"));
        expected.put("metered.status", "success").put("metered.kind", "settled");
        JsonNode body = recording.response().path("body");
        // Facts do not say what was counted.
        JsonNode queries = body.at("/meta/billed_units/search_units");
        if (queries.isNumber()) {
            expected.set("metered.queries", queries);
        }
        for (String place : List.of("/usage/total_tokens", "/meta/tokens/input_tokens")) {
            if (body.at(place).isNumber()) {
                expected.set("metered.prompt", body.at(place));
            }
        }
        return expected;
    }

    @Override
    public ObjectNode found(Answer answer, boolean isStream) {
        ObjectNode found = JsonTrees.MAPPER.createObjectNode();
        ArrayNode results = found.putArray("results");
        for (JsonNode result : answer.json().path("results")) {
            ArrayNode pair = results.addArray();
            pair.add(result.path("index")).add(result.path("relevance_score"));
        }
        return found;
    }
}

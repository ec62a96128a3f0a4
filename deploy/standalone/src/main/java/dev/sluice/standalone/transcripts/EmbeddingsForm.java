package dev.sluice.standalone.transcripts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;

import java.util.Base64;
import java.util.List;

/** Calls embeddings. */
final class EmbeddingsForm implements CallForm {

    @Override
    public String path() {
        return "/v1/embeddings";
    }

    @Override
    public ObjectNode request(Recording recording) {
        JsonNode body = recording.request().path("body");
        ObjectNode request = JsonTrees.MAPPER.createObjectNode();
        request.set("input", input(body));
        for (String name : List.of("encoding_format", "dimensions")) {
            if (body.has(name)) {
                request.set(name, body.path(name));
            }
        }
        for (JsonNode dimensions : body.findValues("outputDimensionality")) {
            request.set("dimensions", dimensions);
        }
        if (body.has("output_dimension")) {
            request.set("dimensions", body.path("output_dimension"));
        }
        return request;
    }

    private static JsonNode input(JsonNode body) {
        for (String name : List.of("input", "texts")) {
            if (body.has(name)) {
                return body.path(name).deepCopy();
            }
        }
        List<String> texts = body.findValuesAsText("text");
        return JsonTrees.MAPPER.valueToTree(texts.isEmpty() ? List.of("Hello") : texts);
    }

    @Override
    public ObjectNode expected(Recording recording) {
        ObjectNode expected = JsonTrees.MAPPER.createObjectNode();
        for (String name : List.of("vectors", "dims")) {
            if (recording.facts().has(name)) {
                expected.set(name, recording.facts().path(name));
            }
        }
        JsonNode usage = recording.facts().path("usage");
        if (usage.has("input_tokens")) {
            expected.set("usage.prompt_tokens", usage.path("input_tokens"));
            expected.put("metered.kind", "settled");
            expected.set("metered.prompt", usage.path("input_tokens"));
            expected.put("metered.completion", 0);
        }
        return expected;
    }

    @Override
    public ObjectNode found(Answer answer, boolean isStream) {
        JsonNode tree = answer.json();
        ObjectNode found = JsonTrees.MAPPER.createObjectNode();
        found.put("vectors", tree.path("data").size());
        JsonNode vector = tree.at("/data/0/embedding");
        if (vector.isTextual()) {
            // Facts say no more of it.
            found.put("dims", isVector(vector.textValue()) ? "base64" : "no vector");
        } else {
            found.put("dims", vector.size());
        }
        found.set("usage.prompt_tokens", tree.at("/usage/prompt_tokens"));
        return found;
    }

    private static boolean isVector(String base64) {
        try {
            int bytes = Base64.getDecoder().decode(base64).length;
            return bytes > 0 && bytes % Float.BYTES == 0;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}

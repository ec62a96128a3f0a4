package dev.sluice.providers.gemini;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;

import dev.sluice.providers.openai.JsonTrees;

import java.io.IOException;

/** Trees out of texts that may be anything. */
final class Json {

    private Json() {}

    /** A missing node if the text is not JSON. */
    static JsonNode read(String text) {
        try {
            return JsonTrees.MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance();
        }
    }

    /** As the other. */
    static JsonNode read(byte[] bytes) {
        try {
            return JsonTrees.MAPPER.readTree(bytes);
        } catch (IOException e) {
            return MissingNode.getInstance();
        }
    }

    static String write(JsonNode tree) {
        try {
            return JsonTrees.MAPPER.writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree can always be written", e);
        }
    }
}

package dev.sluice.standalone.transcripts;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.openai.JsonTrees;

import java.net.URLDecoder;
import java.util.Base64;
import java.util.List;

/**
 * One recorded exchange with a provider.
 *
 * @param file below the folder that {@code facts.jsonl} is in
 * @param tree the file
 * @param facts what a separate script found in the answer; missing where it has no line
 */
record Recording(String file, JsonNode tree, JsonNode facts) {

    String provider() {
        return facts.path("provider").asText(tree.path("provider").asText());
    }

    /** The provider's endpoint, such as {@code messages}; {@code flow} for several steps. */
    String endpoint() {
        return tree.has("steps") ? "flow" : facts.path("endpoint").asText();
    }

    /** What was sent; missing where only the answer is known. */
    JsonNode request() {
        return tree.path("request");
    }

    JsonNode response() {
        return tree.path("response");
    }

    /** The path that was called, decoded; empty where it is not known. */
    String path() {
        return URLDecoder.decode(request().path("path").asText(), UTF_8);
    }

    /** A parameter of the query that was sent, or empty. */
    String query(String name) {
        for (String pair : request().path("query").asText().split("&", -1)) {
            if (pair.startsWith(name + "=")) {
                return pair.substring(name.length() + 1);
            }
        }
        return "";
    }

    /** The model as the provider knows it. */
    String model() {
        String model = tree.path("model").asText();
        return model.isEmpty() ? "a-model" : URLDecoder.decode(model, UTF_8);
    }

    boolean isStream() {
        JsonNode response = response();
        return response.has("sse") || response.has("ndjson") || response.has("eventstream_b64");
    }

    boolean isError() {
        return facts.has("error");
    }

    /** The answer's body as it went over the wire. */
    byte[] body() {
        JsonNode response = response();
        if (response.has("eventstream_b64")) {
            return Base64.getDecoder().decode(response.path("eventstream_b64").asText());
        }
        for (String name : new String[] {"sse", "ndjson", "body_text"}) {
            if (response.has(name)) {
                return response.path(name).asText().getBytes(UTF_8);
            }
        }
        return response.has("body") ? JsonTrees.bytes(response.path("body")) : new byte[0];
    }

    /** The JSON of the body, or of each event of a stream in SSE. */
    List<JsonNode> parts() {
        return response().has("sse")
                ? Answer.events(response().path("sse").asText())
                : List.of(response().path("body"));
    }

    @Override
    public String toString() {
        return file;
    }
}

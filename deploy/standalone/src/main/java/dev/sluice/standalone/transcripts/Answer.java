package dev.sluice.standalone.transcripts;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;

import dev.sluice.providers.openai.JsonTrees;

import java.io.IOException;
import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;

/** What the gateway answered. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Answer(int status, HttpHeaders headers, byte[] body) {

    private static final String DATA = "data:";
    private static final String DONE = "[DONE]";

    /** A header's first value, or empty. */
    String header(String name) {
        return headers.firstValue(name).orElse("");
    }

    /** The body; missing if it is no JSON. */
    JsonNode json() {
        return tree(new String(body, UTF_8));
    }

    /** What stands in the stream's events, but for the last; one that is no JSON is missing. */
    List<JsonNode> events() {
        return events(new String(body, UTF_8));
    }

    /** What stands in the events of a stream whose data has one line each. */
    static List<JsonNode> events(String sse) {
        List<JsonNode> events = new ArrayList<>();
        for (String data : data(sse)) {
            if (!data.equals(DONE)) {
                events.add(tree(data));
            }
        }
        return events;
    }

    /** Whether the stream ends as OpenAI's do. */
    boolean isDone() {
        List<String> data = data(new String(body, UTF_8));
        return !data.isEmpty() && data.getLast().equals(DONE);
    }

    private static List<String> data(String sse) {
        return sse.lines()
                .filter(line -> line.startsWith(DATA))
                .map(line -> line.substring(DATA.length()).strip())
                .toList();
    }

    /** The JSON; missing if it is none. */
    static JsonNode tree(String text) {
        try {
            return JsonTrees.MAPPER.readTree(text);
        } catch (IOException e) {
            return MissingNode.getInstance();
        }
    }
}

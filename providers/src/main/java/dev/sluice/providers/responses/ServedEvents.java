package dev.sluice.providers.responses;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.ResponseFacts;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Builds a response of a chat's pieces and tells each step, as OpenAI's stream does. A plain answer
 * is one piece.
 *
 * <p>Text and thoughts end where something else begins. Calls stay open to the end of the answer:
 * their pieces may come in any order, and none of them may be lost.
 */
final class ServedEvents {

    /** No model calls as many at once; what a broken provider adds is passed over. */
    private static final int CALLS_MAX = 1_024;

    /** The last event repeats the whole output: no model writes as much. */
    private static final int CHARS_MAX = 8 << 20;

    private final ResponseFrame frame;
    private final EventLog log;
    private final ObjectNode response;
    private final ArrayNode output;
    private final List<ServedItem> items = new ArrayList<>();
    private final Map<Integer, ServedItem.Call> calls = new LinkedHashMap<>();
    private ServedItem.@Nullable Message message;
    private ServedItem.@Nullable Thought thought;
    private ServedItem.@Nullable Call lastCall;
    private String suffix = "";
    private long chars;
    private boolean hasBegun;
    private boolean hasEnded;
    private String finish = "";
    private @Nullable Usage usage;

    /** A response that follows its request's frame. */
    ServedEvents(ResponseFrame frame, EventLog log) {
        this.frame = frame;
        this.log = log;
        this.response = frame.begun();
        this.output = (ArrayNode) response.path("output");
    }

    /** The response as far as it is known. */
    ObjectNode response() {
        return response;
    }

    /** Whether the last event has been told. */
    boolean hasEnded() {
        return hasEnded;
    }

    /** Takes the data of one event of a chat. */
    void takeEvent(String data) {
        if (data.strip().equals("[DONE]")) {
            end();
            return;
        }
        byte[] bytes = data.getBytes(UTF_8);
        Optional<ObjectNode> chunk = JsonTrees.object(bytes, 0, bytes.length);
        if (chunk.isEmpty()) {
            fail(JsonTrees.MAPPER.createObjectNode());
        } else if (chunk.get().hasNonNull("error")) {
            begin(chunk.get());
            fail(chunk.get().path("error"));
        } else {
            take(chunk.get(), ResponseFacts.of(bytes, bytes.length).usage(), "delta");
        }
    }

    /**
     * Takes one piece of an answer.
     *
     * @param part where a choice has it: {@code delta}, or {@code message} of a plain answer
     */
    void take(JsonNode chunk, @Nullable Usage counted, String part) {
        begin(chunk);
        usage = counted == null ? usage : counted;
        if (chunk.path("service_tier").isTextual()) {
            response.set("service_tier", chunk.get("service_tier"));
        }
        JsonNode choice = chunk.path("choices").path(0);
        if (choice.path("index").asInt() != 0) {
            return;
        }
        JsonNode delta = choice.path(part);
        addThoughts(delta);
        addWords(delta);
        delta.path("tool_calls").forEach(this::addCall);
        if (choice.path("finish_reason").isTextual()) {
            finish = choice.path("finish_reason").asText();
        }
        if (chars > CHARS_MAX) {
            fail(JsonTrees.MAPPER.createObjectNode().put("message", "The answer is too long."));
        }
    }

    private void begin(JsonNode chunk) {
        if (hasBegun) {
            return;
        }
        hasBegun = true;
        String id = chunk.path("id").asText("");
        suffix = id.isEmpty() ? frame.fallbackId() : id.replaceFirst("^chatcmpl-", "");
        response.put("id", "resp_" + suffix);
        long created = chunk.path("created").asLong();
        response.put("created_at", created > 0 ? created : frame.nowSeconds());
        if (!chunk.path("model").asText("").isEmpty()) {
            response.set("model", chunk.get("model"));
        }
        tellResponse("response.created");
        tellResponse("response.in_progress");
    }

    private void addThoughts(JsonNode delta) {
        String piece = delta.path("reasoning_content").asText("");
        if (piece.isEmpty() && delta.path("reasoning").isTextual()) {
            piece = delta.path("reasoning").asText();
        }
        if (!piece.isEmpty()) {
            chars += piece.length();
            thought().text(piece);
        }
        for (JsonNode seal : delta.path("thinking_blocks")) {
            chars += seal.path("signature").asText("").length();
            thought().seal(seal);
        }
    }

    private void addWords(JsonNode delta) {
        String text = delta.path("content").asText("");
        if (!text.isEmpty()) {
            chars += text.length();
            message().text(text);
        }
        String refusal = delta.path("refusal").asText("");
        if (!refusal.isEmpty()) {
            chars += refusal.length();
            message().refusal(refusal);
        }
        for (JsonNode annotation : delta.path("annotations")) {
            chars += annotation.size();
            message().citation(annotation);
        }
    }

    private void addCall(JsonNode piece) {
        JsonNode function = piece.path("function");
        String name = function.path("name").asText("");
        ServedItem.Call call = call(piece, name);
        if (call == null) {
            return;
        }
        lastCall = call;
        call.name(name);
        String arguments = function.path("arguments").asText("");
        if (!arguments.isEmpty()) {
            chars += arguments.length();
            call.arguments(arguments);
        }
    }

    /** The call that a piece belongs to; null if there are too many. */
    private ServedItem.@Nullable Call call(JsonNode piece, String name) {
        String id = piece.path("id").asText("");
        boolean isNumbered = piece.path("index").isInt();
        if (!isNumbered && id.isEmpty() && name.isEmpty()) {
            return lastCall;
        }
        // One without a number is a call of its own.
        int number = isNumbered ? piece.path("index").asInt() : -1 - calls.size();
        ServedItem.Call known = calls.get(number);
        if (known != null || calls.size() == CALLS_MAX) {
            return known;
        }
        endSpoken();
        int index = items.size();
        String callId = id.isEmpty() ? "call_%s_%d".formatted(suffix, index) : id;
        var call = new ServedItem.Call(itemId("fc"), index, log, callId, name);
        calls.put(number, call);
        open(call);
        return call;
    }

    private ServedItem.Message message() {
        ServedItem.Message open = message;
        if (open == null) {
            endSpoken();
            open = new ServedItem.Message(itemId("msg"), items.size(), log);
            message = open;
            open(open);
        }
        return open;
    }

    private ServedItem.Thought thought() {
        ServedItem.Thought open = thought;
        if (open == null) {
            endSpoken();
            open = new ServedItem.Thought(itemId("rs"), items.size(), log, frame.wantsSeals());
            thought = open;
            open(open);
        }
        return open;
    }

    private void open(ServedItem item) {
        items.add(item);
        output.add(item.node);
        item.begin();
    }

    private void endSpoken() {
        for (ServedItem item : new ServedItem[] {thought, message}) {
            if (item != null) {
                item.end("completed");
            }
        }
        thought = null;
        message = null;
    }

    private String itemId(String kind) {
        return "%s_%s_%d".formatted(kind, suffix, items.size());
    }

    /** Tells the end of the answer; only the first time counts. */
    void end() {
        if (hasEnded) {
            return;
        }
        begin(JsonTrees.MAPPER.createObjectNode());
        String cut =
                switch (finish) {
                    case "length" -> "max_output_tokens";
                    case "content_filter" -> "content_filter";
                    default -> "";
                };
        String status = cut.isEmpty() ? "completed" : "incomplete";
        if (items.isEmpty() && cut.isEmpty()) {
            message();
        }
        items.forEach(item -> item.end(status));
        response.put("status", status);
        if (!cut.isEmpty()) {
            response.putObject("incomplete_details").put("reason", cut);
        }
        finish("response." + status);
    }

    /** Tells an error, of OpenAI's, which ends the stream. */
    void fail(JsonNode error) {
        if (hasEnded) {
            return;
        }
        begin(JsonTrees.MAPPER.createObjectNode());
        items.forEach(item -> item.end("incomplete"));
        response.put("status", "failed");
        String code =
                switch (error.path("type").asText()) {
                    case "rate_limit_error" -> "rate_limit_exceeded";
                    case "invalid_request_error" -> "invalid_prompt";
                    default -> "server_error";
                };
        String text = error.path("message").asText("");
        response.putObject("error")
                .put("code", code)
                .put("message", text.isEmpty() ? "The call failed." : text);
        finish("response.failed");
    }

    private void finish(String type) {
        Usage counted = usage;
        if (counted != null) {
            response.set("usage", usage(counted));
        }
        tellResponse(type);
        hasEnded = true;
    }

    private void tellResponse(String type) {
        ObjectNode event = JsonTrees.MAPPER.createObjectNode();
        event.set("response", response);
        log.tell(type, event);
    }

    private static ObjectNode usage(Usage usage) {
        ObjectNode told = JsonTrees.MAPPER.createObjectNode();
        told.put("input_tokens", usage.promptTokens());
        told.putObject("input_tokens_details")
                .put("cached_tokens", usage.cachedRead())
                .put("cache_write_tokens", usage.cacheWrite5m() + usage.cacheWrite1h());
        told.put("output_tokens", usage.completionTokens());
        told.putObject("output_tokens_details").put("reasoning_tokens", usage.reasoning());
        told.put("total_tokens", usage.promptTokens() + usage.completionTokens());
        return told;
    }
}

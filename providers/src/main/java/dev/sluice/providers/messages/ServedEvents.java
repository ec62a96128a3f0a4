package dev.sluice.providers.messages;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.ResponseFacts;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Makes Anthropic's events of OpenAI's, one by one.
 *
 * <p>OpenAI tells usage at its end only: {@code message_start} counts nothing, {@code
 * message_delta} everything.
 */
final class ServedEvents {

    /** No model calls as many at once; what a broken provider adds is passed over. */
    private static final int CALLS_MAX = 1_024;

    /** Which block a piece belongs to; calls have their own numbers, from 0. */
    private static final int NONE = -1;

    private static final int TEXT = -2;
    private static final int THOUGHT = -3;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    private final Map<Integer, Integer> blockOfCall = new HashMap<>();
    private boolean hasBegun;
    private boolean hasEnded;
    private int open = NONE;
    private int blocks;
    private String finish = "";
    private @Nullable Usage usage;

    /** What has been told since the last time. */
    byte[] told() {
        byte[] told = out.toByteArray();
        out.reset();
        return told;
    }

    /** Whether the last event has been told. */
    boolean hasEnded() {
        return hasEnded;
    }

    /**
     * Takes the data of one event.
     *
     * @return false if it is not JSON: nothing was told of it
     */
    boolean take(String data) {
        if (data.strip().equals("[DONE]")) {
            end();
            return true;
        }
        byte[] bytes = data.getBytes(UTF_8);
        Optional<ObjectNode> chunk = JsonTrees.object(bytes, 0, bytes.length);
        if (chunk.isEmpty()) {
            return false;
        }
        if (chunk.get().hasNonNull("error")) {
            fail(chunk.get().path("error"));
        } else {
            Usage counted = ResponseFacts.of(bytes, bytes.length).usage();
            usage = counted == null ? usage : counted;
            take(chunk.get());
        }
        return true;
    }

    /** Tells an error, of OpenAI's, which ends the stream. */
    void fail(JsonNode error) {
        int status =
                switch (error.path("type").asText()) {
                    case "overloaded_error" -> 503;
                    case "rate_limit_error" -> 429;
                    case "invalid_request_error" -> 400;
                    default -> 500;
                };
        tell("error", ServedWords.error(status, error));
        hasEnded = true;
    }

    private void take(JsonNode chunk) {
        begin(chunk);
        JsonNode choice = chunk.path("choices").path(0);
        if (choice.path("index").asInt() != 0) {
            return;
        }
        JsonNode delta = choice.path("delta");
        addThought(delta);
        for (String name : new String[] {"content", "refusal"}) {
            String text = delta.path(name).asText("");
            if (!text.isEmpty()) {
                openBlock(TEXT, block("text").put("text", ""));
                piece(blocks - 1, piece("text_delta").put("text", text));
            }
        }
        delta.path("tool_calls").forEach(this::addCall);
        if (choice.path("finish_reason").isTextual()) {
            finish = choice.path("finish_reason").asText();
        }
    }

    private void begin(JsonNode chunk) {
        if (hasBegun) {
            return;
        }
        hasBegun = true;
        ObjectNode start = JsonTrees.MAPPER.createObjectNode();
        ObjectNode message = start.putObject("message");
        message.put("id", chunk.path("id").asText()).put("type", "message");
        message.put("role", "assistant").put("model", chunk.path("model").asText());
        message.putArray("content");
        message.putNull("stop_reason").putNull("stop_sequence");
        message.set("usage", ServedWords.usage(null));
        tell("message_start", start);
    }

    /** Our adapter of Claude tells thoughts twice; the form with the signature is only for that. */
    private void addThought(JsonNode delta) {
        String thought = delta.path("reasoning_content").asText("");
        if (!thought.isEmpty()) {
            openThought();
            piece(blocks - 1, piece("thinking_delta").put("thinking", thought));
        }
        for (JsonNode seal : delta.path("thinking_blocks")) {
            String signature = seal.path("signature").asText("");
            if (seal.path("type").asText().equals("redacted_thinking")) {
                close();
                openBlock(THOUGHT, (ObjectNode) seal);
                close();
            } else if (!signature.isEmpty()) {
                openThought();
                piece(blocks - 1, piece("signature_delta").put("signature", signature));
                close();
            }
        }
    }

    private void openThought() {
        openBlock(THOUGHT, block("thinking").put("thinking", "").put("signature", ""));
    }

    private void addCall(JsonNode call) {
        int number = Math.max(call.path("index").asInt(), 0);
        JsonNode function = call.path("function");
        if (!blockOfCall.containsKey(number)) {
            if (blockOfCall.size() == CALLS_MAX) {
                return;
            }
            ObjectNode block = block("tool_use").put("id", call.path("id").asText());
            block.put("name", function.path("name").asText()).putObject("input");
            openBlock(number, block);
            blockOfCall.put(number, blocks - 1);
        }
        String arguments = function.path("arguments").asText("");
        Integer at = blockOfCall.get(number);
        if (!arguments.isEmpty() && at != null) {
            piece(at, piece("input_json_delta").put("partial_json", arguments));
        }
    }

    private void openBlock(int which, ObjectNode block) {
        if (open == which) {
            return;
        }
        close();
        open = which;
        ObjectNode start = JsonTrees.MAPPER.createObjectNode().put("index", blocks++);
        start.set("content_block", block);
        tell("content_block_start", start);
    }

    private void close() {
        if (open != NONE) {
            open = NONE;
            tell(
                    "content_block_stop",
                    JsonTrees.MAPPER.createObjectNode().put("index", blocks - 1));
        }
    }

    /** Tells the end of the answer; only the first time counts. */
    void end() {
        if (hasEnded) {
            return;
        }
        begin(JsonTrees.MAPPER.createObjectNode());
        close();
        ObjectNode last = JsonTrees.MAPPER.createObjectNode();
        last.putObject("delta")
                .put("stop_reason", ServedWords.stopReason(finish))
                .putNull("stop_sequence");
        last.set("usage", ServedWords.usage(usage));
        tell("message_delta", last);
        tell("message_stop", JsonTrees.MAPPER.createObjectNode());
        hasEnded = true;
    }

    private static ObjectNode block(String type) {
        return JsonTrees.MAPPER.createObjectNode().put("type", type);
    }

    private static ObjectNode piece(String type) {
        return block(type);
    }

    private void piece(int index, ObjectNode delta) {
        ObjectNode event = JsonTrees.MAPPER.createObjectNode().put("index", index);
        event.set("delta", delta);
        tell("content_block_delta", event);
    }

    private void tell(String type, ObjectNode event) {
        ObjectNode whole = JsonTrees.MAPPER.createObjectNode().put("type", type);
        whole.setAll(event);
        out.writeBytes(("event: " + type + "\ndata: ").getBytes(UTF_8));
        out.writeBytes(JsonTrees.bytes(whole));
        out.writeBytes(new byte[] {'\n', '\n'});
    }
}

package dev.sluice.providers.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.ByteSource;
import dev.sluice.providers.openai.ChatChunks;
import dev.sluice.providers.openai.ChatStream;
import dev.sluice.providers.openai.ErrorBody;
import dev.sluice.providers.openai.EventStream;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.usage.AnthropicUsage;

import java.io.EOFException;
import java.io.IOException;
import java.util.Optional;

/**
 * Tells a stream event by event. Blocks come one after the other, so that only the present one must
 * be known. For one stream.
 */
public final class MessagesStream implements ChatStream.Step {

    /** No sane event is larger: what a model says comes in small pieces. */
    private static final int EVENT_BYTES_MAX = 4 << 20;

    private enum Block {
        OTHER,
        CALL,
        ANSWER_BY_CALL
    }

    private final EventStream events;
    private final boolean answersByTool;
    private final AnthropicUsage usage = new AnthropicUsage();
    private Block block = Block.OTHER;
    private boolean hasArguments;
    private int calls;

    /**
     * Reads a stream.
     *
     * @param answersByTool as {@link MessagesRequest#answersByTool}
     */
    public MessagesStream(ByteSource source, boolean answersByTool) {
        this.events = new EventStream(source, EVENT_BYTES_MAX);
        this.answersByTool = answersByTool;
    }

    @Override
    public boolean isAtHand() {
        return events.isAtHand();
    }

    @Override
    public boolean next(ChatChunks sink) throws IOException {
        EventStream.Event event = events.next();
        if (event == null) {
            throw cut();
        }
        byte[] bytes = event.data().getBytes(UTF_8);
        Optional<ObjectNode> data = JsonTrees.object(bytes, 0, bytes.length);
        if (data.isEmpty()) {
            if (events.next() == null) {
                throw cut(); // within this event
            }
            sink.error(
                    new ErrorBody(
                            "The provider's stream cannot be read.", "api_error", null, null));
            throw new ChatStream.ErrorTold();
        }
        return tell(data.get(), sink);
    }

    private static EOFException cut() {
        return new EOFException("the stream ended before the answer did");
    }

    private boolean tell(JsonNode event, ChatChunks sink) throws IOException {
        switch (event.path("type").asText()) {
            case "message_start" -> {
                JsonNode message = event.path("message");
                sink.begin(message.path("id").textValue(), message.path("model").textValue());
                tellUsage(message.path("usage"), sink);
            }
            case "content_block_start" -> start(event.path("content_block"), sink);
            case "content_block_delta" -> piece(event.path("delta"), sink);
            case "content_block_stop" -> stop(sink);
            case "message_delta" -> {
                tellUsage(event.path("usage"), sink);
                JsonNode reason = event.path("delta").path("stop_reason");
                if (reason.isTextual()) {
                    sink.finish(StopReasons.openAi(reason.textValue(), calls > 0));
                }
            }
            case "message_stop" -> {
                sink.finish(StopReasons.openAi("", false)); // unless it was told
                return false;
            }
            case "error" -> {
                sink.error(MessagesError.of(200, event).body());
                throw new ChatStream.ErrorTold();
            }
            default -> {} // ping, and what is not known yet
        }
        return true;
    }

    private void tellUsage(JsonNode counted, ChatChunks sink) {
        usage.add(counted);
        if (usage.isPresent()) {
            sink.usage(usage.usage());
        }
    }

    private void start(JsonNode content, ChatChunks sink) {
        block = Block.OTHER;
        hasArguments = false;
        switch (content.path("type").asText()) {
            case "text" -> sink.text(content.path("text").asText(""));
            case "thinking" -> think(content, sink);
            case "redacted_thinking" -> tellThought(content, sink);
            case "tool_use" -> {
                String name = content.path("name").asText();
                boolean isAnswer = answersByTool && name.equals(ToolSettings.ANSWER_TOOL);
                block = isAnswer ? Block.ANSWER_BY_CALL : Block.CALL;
                if (!isAnswer) {
                    sink.toolCall(calls++, content.path("id").asText(), name);
                }
                JsonNode input = content.path("input");
                if (input.isObject() && !input.isEmpty()) {
                    argue(new String(JsonTrees.bytes(input), UTF_8), sink);
                }
            }
            default -> {} // what Anthropic's own tools do
        }
    }

    private void piece(JsonNode delta, ChatChunks sink) {
        switch (delta.path("type").asText()) {
            case "text_delta" -> sink.text(delta.path("text").asText(""));
            case "thinking_delta", "signature_delta" -> think(delta, sink);
            case "input_json_delta" -> argue(delta.path("partial_json").asText(""), sink);
            default -> {}
        }
    }

    private void argue(String json, ChatChunks sink) {
        if (json.isEmpty()) {
            return;
        }
        switch (block) {
            case CALL -> sink.arguments(calls - 1, json);
            case ANSWER_BY_CALL -> sink.text(json);
            case OTHER -> {} // the arguments of Anthropic's own tools
        }
        hasArguments = true;
    }

    /** A call without arguments streams no piece of them, but OpenAI's are an object always. */
    private void stop(ChatChunks sink) {
        if (!hasArguments) {
            argue("{}", sink);
        }
        block = Block.OTHER;
    }

    /** Told twice: as OpenAI's clients read it, and so that it can be given back with its seal. */
    private static void think(JsonNode content, ChatChunks sink) {
        String thought = content.path("thinking").asText("");
        String signature = content.path("signature").asText("");
        if (thought.isEmpty() && signature.isEmpty()) {
            return;
        }
        sink.reasoning(thought);
        ObjectNode piece = JsonTrees.MAPPER.createObjectNode();
        piece.put("type", "thinking").put("thinking", thought);
        if (!signature.isEmpty()) {
            piece.put("signature", signature);
        }
        tellThought(piece, sink);
    }

    private static void tellThought(JsonNode thought, ChatChunks sink) {
        ArrayNode list = JsonTrees.MAPPER.createArrayNode().add(thought);
        sink.extension("thinking_blocks", new String(JsonTrees.bytes(list), UTF_8));
    }
}

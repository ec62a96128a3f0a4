package dev.sluice.providers.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.bedrock.AwsEventStream.MalformedEventException;
import dev.sluice.providers.bedrock.AwsEventStream.Message;
import dev.sluice.providers.openai.ByteSource;
import dev.sluice.providers.openai.ChatChunks;
import dev.sluice.providers.openai.ChatStream;
import dev.sluice.providers.openai.ErrorBody;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.StatusErrors;
import dev.sluice.providers.usage.ConverseUsage;

import java.io.EOFException;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** Reads the events of a ConverseStream. For one stream. */
public final class ConverseEvents implements ChatStream.Step {

    private static final int OPEN_BLOCKS_MAX = 1_024;

    private final AwsEventStream events;
    private final Map<Integer, Call> openCalls = new HashMap<>();
    private int calls;
    private boolean hasBegun;
    private boolean hasStopped;
    private boolean hasMetadata;

    private static final class Call {
        private final int index;
        private boolean hasArguments;

        Call(int index) {
            this.index = index;
        }
    }

    /** Reads messages of at most so many bytes. */
    public ConverseEvents(ByteSource source, int messageBytesMax) {
        this.events = new AwsEventStream(source, messageBytesMax);
    }

    @Override
    public boolean isAtHand() {
        return events.isAtHand();
    }

    @Override
    public boolean next(ChatChunks chunks) throws IOException {
        try {
            Message message = events.next();
            if (message == null) {
                if (!hasStopped || !hasMetadata) {
                    throw new EOFException("the stream ends before its last event");
                }
                return false;
            }
            tell(message, chunks);
            return true;
        } catch (MalformedEventException e) {
            chunks.error(StatusErrors.unreadable());
            throw new ChatStream.ErrorTold();
        }
    }

    private void tell(Message message, ChatChunks chunks) throws IOException {
        byte[] bytes = message.payload();
        switch (message.header(":message-type")) {
            case "event" -> {
                ObjectNode payload =
                        JsonTrees.object(bytes, 0, bytes.length)
                                .orElseThrow(() ->
                                        new MalformedEventException("an event is no JSON object"));
                event(message.header(":event-type"), payload, chunks);
            }
            case "exception" ->
                    error(
                            chunks,
                            ConverseErrors.inStream(message.header(":exception-type"), bytes));
            case "error" ->
                    error(
                            chunks,
                            ConverseErrors.inStream(
                                    message.header(":error-code"),
                                    message.header(":error-message")));
            default -> throw new MalformedEventException("a message has no type");
        }
    }

    private static void error(ChatChunks chunks, ErrorBody error) throws IOException {
        chunks.error(error);
        throw new ChatStream.ErrorTold();
    }

    private void event(String type, JsonNode payload, ChatChunks chunks) throws IOException {
        if (!hasBegun) {
            hasBegun = true;
            chunks.begin(null, null);
        }
        int block = payload.path("contentBlockIndex").asInt();
        switch (type) {
            case "contentBlockStart" -> start(block, payload.at("/start/toolUse"), chunks);
            case "contentBlockDelta" -> delta(block, payload.path("delta"), chunks);
            case "contentBlockStop" -> {
                Call call = openCalls.remove(block);
                if (call != null && !call.hasArguments) {
                    chunks.arguments(call.index, "{}");
                }
            }
            case "messageStop" -> {
                hasStopped = true;
                chunks.finish(ConverseAnswers.finish(payload.path("stopReason").asText()));
            }
            case "metadata" -> {
                hasMetadata = true;
                if (payload.path("usage").isObject()) {
                    chunks.usage(ConverseUsage.of(payload.path("usage")));
                }
            }
            default -> {
                // messageStart says nothing; newer events are not ours to judge
            }
        }
    }

    private void start(int block, JsonNode use, ChatChunks chunks) throws IOException {
        if (!ConverseAnswers.isCall(use)) {
            return;
        }
        if (openCalls.size() == OPEN_BLOCKS_MAX) {
            throw new MalformedEventException("too many blocks are open");
        }
        Call call = new Call(calls++);
        openCalls.put(block, call);
        chunks.toolCall(call.index, use.path("toolUseId").asText(), use.path("name").asText());
    }

    private void delta(int block, JsonNode delta, ChatChunks chunks) {
        chunks.text(delta.path("text").asText());
        Call call = openCalls.get(block);
        String input = delta.at("/toolUse/input").asText();
        if (call != null && !input.isEmpty()) {
            call.hasArguments = true;
            chunks.arguments(call.index, input);
        }
        JsonNode reasoning = delta.path("reasoningContent");
        if (reasoning.isObject()) {
            reasoning(reasoning, chunks);
        }
    }

    /**
     * The thoughts have gone out already when their signature comes, so the signed block leaves
     * them out, as LiteLLM's streams do.
     */
    private static void reasoning(JsonNode reasoning, ChatChunks chunks) {
        chunks.reasoning(reasoning.path("text").asText());
        String signature = reasoning.path("signature").asText();
        if (!signature.isEmpty()) {
            chunks.extension(
                    ConverseAnswers.THINKING_BLOCKS,
                    "[" + ConverseAnswers.thinkingBlock("", signature) + "]");
        }
        String redacted = reasoning.path("redactedContent").asText();
        if (!redacted.isEmpty()) {
            ObjectNode block = JsonTrees.MAPPER.createObjectNode();
            block.put("type", "redacted_thinking").put("data", redacted);
            chunks.extension(ConverseAnswers.THINKING_BLOCKS, "[" + block + "]");
        }
    }
}

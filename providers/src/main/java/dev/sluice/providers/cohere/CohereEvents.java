package dev.sluice.providers.cohere;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.ByteSource;
import dev.sluice.providers.openai.ChatChunks;
import dev.sluice.providers.openai.ChatStream;
import dev.sluice.providers.openai.ErrorBody;
import dev.sluice.providers.openai.EventStream;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.StatusErrors;
import dev.sluice.providers.usage.CohereUsage;

import java.io.EOFException;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Reads the events of Cohere's chat. For one stream. */
public final class CohereEvents implements ChatStream.Step {

    private static final int OPEN_CALLS_MAX = 1_024;

    private final EventStream events;
    private final Map<Integer, Call> openCalls = new HashMap<>();
    private int calls;
    private boolean hasEnded;

    private static final class Call {
        private final int index;
        private boolean hasArguments;

        Call(int index) {
            this.index = index;
        }
    }

    /** Reads events of at most so many bytes. */
    public CohereEvents(ByteSource source, int eventBytesMax) {
        this.events = new EventStream(source, eventBytesMax);
    }

    @Override
    public boolean isAtHand() {
        return events.isAtHand();
    }

    @Override
    public boolean next(ChatChunks chunks) throws IOException {
        EventStream.Event event = events.next();
        if (event == null) {
            if (!hasEnded) {
                throw new EOFException("the stream ends before its last event");
            }
            return false;
        }
        if (hasEnded || event.data().equals("[DONE]")) {
            return true; // all was told; the rest is read so that the connection can be kept
        }
        byte[] data = event.data().getBytes(UTF_8);
        Optional<ObjectNode> tree = JsonTrees.object(data, 0, data.length);
        if (tree.isEmpty()) {
            // What a stream was cut in is no event of its own.
            if (events.next() == null) {
                throw new EOFException("the stream ends within an event");
            }
            throw error(chunks, StatusErrors.unreadable());
        }
        tell(tree.get(), chunks);
        return true;
    }

    private void tell(JsonNode event, ChatChunks chunks) throws IOException {
        JsonNode message = event.at("/delta/message");
        int index = event.path("index").asInt();
        switch (event.path("type").asText()) {
            case "message-start" -> chunks.begin(event.path("id").textValue(), null);
            case "content-start", "content-delta" -> {
                chunks.text(message.at("/content/text").asText());
                chunks.reasoning(message.at("/content/thinking").asText());
            }
            case "tool-plan-delta" -> {
                if (message.path("tool_plan").isTextual()) {
                    chunks.extension("tool_plan", message.path("tool_plan").toString());
                }
            }
            case "tool-call-start" -> start(index, message.path("tool_calls"), chunks);
            case "tool-call-delta" -> {
                Call call = openCalls.get(index);
                if (call != null) {
                    arguments(call, message.path("tool_calls"), chunks);
                }
            }
            case "tool-call-end" -> {
                Call call = openCalls.remove(index);
                if (call != null && !call.hasArguments) {
                    chunks.arguments(call.index, "{}");
                }
            }
            case "message-end" -> end(event.path("delta"), chunks);
            default -> {
                // citations, debug and newer events say nothing that OpenAI's wire has
            }
        }
    }

    private void start(int index, JsonNode told, ChatChunks chunks) throws IOException {
        if (openCalls.size() == OPEN_CALLS_MAX) {
            throw error(chunks, StatusErrors.unreadable());
        }
        Call call = new Call(calls++);
        openCalls.put(index, call);
        chunks.toolCall(call.index, told.path("id").asText(), told.at("/function/name").asText());
        arguments(call, told, chunks);
    }

    private static void arguments(Call call, JsonNode told, ChatChunks chunks) {
        String piece = told.at("/function/arguments").asText();
        if (!piece.isEmpty()) {
            call.hasArguments = true;
            chunks.arguments(call.index, piece);
        }
    }

    private void end(JsonNode delta, ChatChunks chunks) throws IOException {
        if (delta.path("usage").isObject()) {
            chunks.usage(CohereUsage.of(delta.path("usage")));
        }
        Optional<String> finish = CohereAnswers.finish(delta.path("finish_reason").asText());
        if (finish.isEmpty()) {
            String said = delta.path("error").asText();
            throw error(
                    chunks,
                    StatusErrors.of(502, said.isEmpty() ? "The model of Cohere failed." : said));
        }
        hasEnded = true;
        chunks.finish(finish.get());
    }

    private static ChatStream.ErrorTold error(ChatChunks chunks, ErrorBody error) {
        chunks.error(error);
        return new ChatStream.ErrorTold();
    }
}

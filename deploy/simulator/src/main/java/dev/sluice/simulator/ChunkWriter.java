package dev.sluice.simulator;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.core.JsonGenerator;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Tells an answer in OpenAI's events. */
final class ChunkWriter implements EventWriter {

    static final byte[] DONE = "data: [DONE]\n\n".getBytes(US_ASCII);

    private static final byte[] NOTHING = {};

    private final Answer answer;
    private final String object;
    private final boolean chat;
    private final boolean showUsage;
    private final Sse events = new Sse();

    /** The part in which each choice that calls tools is. */
    private final Map<Integer, Integer> openCalls = new HashMap<>();

    ChunkWriter(Answer answer, boolean showUsage) {
        this.answer = answer;
        this.object = OpenAiWire.object(answer.call().endpoint(), true);
        this.chat = answer.call().endpoint() == Endpoint.CHAT;
        this.showUsage = showUsage;
    }

    /** The event with which a choice of a chat begins. */
    @Override
    public byte[] opening(int choice, Usage prompt) throws IOException {
        if (!chat) {
            return NOTHING;
        }
        return event(json -> {
            json.writeStartObject();
            json.writeNumberField("index", choice);
            json.writeObjectFieldStart("delta");
            json.writeStringField("role", "assistant");
            json.writeStringField("content", "");
            json.writeNullField("refusal");
            json.writeEndObject();
            end(json, null);
        });
    }

    @Override
    public byte[] piece(int choice, Segment segment, String words) throws IOException {
        return switch (segment.kind()) {
            case TEXT -> event(json -> choice(json, choice, words, null));
            case THOUGHT ->
                    event(json -> {
                        json.writeStartObject();
                        json.writeNumberField("index", choice);
                        json.writeObjectFieldStart("delta");
                        json.writeStringField("reasoning_content", words);
                        json.writeEndObject();
                        end(json, null);
                    });
            case CALL -> event(json -> call(json, choice, segment, words));
        };
    }

    private void call(JsonGenerator json, int choice, Segment segment, String words)
            throws IOException {
        Integer before = openCalls.put(choice, segment.ordinal());
        json.writeStartObject();
        json.writeNumberField("index", choice);
        json.writeObjectFieldStart("delta");
        json.writeArrayFieldStart("tool_calls");
        json.writeStartObject();
        json.writeNumberField("index", segment.call());
        if (before == null || before != segment.ordinal()) {
            json.writeStringField("id", answer.callId("call_", segment));
            json.writeStringField("type", "function");
        }
        json.writeObjectFieldStart("function");
        if (before == null || before != segment.ordinal()) {
            json.writeStringField("name", segment.name());
        }
        json.writeStringField("arguments", words);
        json.writeEndObject();
        json.writeEndObject();
        json.writeEndArray();
        json.writeEndObject();
        end(json, null);
    }

    @Override
    public List<byte[]> ending(List<Turn> turns, Usage usage) throws IOException {
        List<byte[]> ending = new ArrayList<>();
        for (int choice = 0; choice < turns.size(); choice++) {
            int index = choice;
            String reason = turns.get(choice).finishReason();
            ending.add(event(json -> choice(json, index, "", reason)));
        }
        if (answer.call().includeUsage() && showUsage) {
            ending.add(event(_ -> {}, usage));
        }
        ending.add(DONE);
        return ending;
    }

    @Override
    public byte[] broken() throws IOException {
        return Sse.broken(event(json -> choice(json, 0, "", null)));
    }

    private byte[] event(AnswerWriter.Body choices) throws IOException {
        return event(choices, null);
    }

    private byte[] event(AnswerWriter.Body choices, @Nullable Usage usage) throws IOException {
        return events.data(
                        json -> {
                            json.writeStartObject();
                            AnswerWriter.head(json, answer, object);
                            json.writeStringField("system_fingerprint", AnswerWriter.FINGERPRINT);
                            json.writeArrayFieldStart("choices");
                            choices.write(json);
                            json.writeEndArray();
                            if (usage != null) {
                                json.writeFieldName("usage");
                                AnswerWriter.usage(json, answer.call().endpoint(), usage);
                            } else if (answer.call().includeUsage()) {
                                json.writeNullField("usage");
                            }
                            json.writeEndObject();
                        })
                .take();
    }

    private void choice(JsonGenerator json, int index, String text, @Nullable String finishReason)
            throws IOException {
        json.writeStartObject();
        json.writeNumberField("index", index);
        if (chat) {
            json.writeObjectFieldStart("delta");
            if (finishReason == null) {
                json.writeStringField("content", text);
            }
            json.writeEndObject();
        } else {
            json.writeStringField("text", text);
        }
        end(json, finishReason);
    }

    private static void end(JsonGenerator json, @Nullable String finishReason) throws IOException {
        json.writeNullField("logprobs");
        json.writeStringField("finish_reason", finishReason);
        json.writeEndObject();
    }
}

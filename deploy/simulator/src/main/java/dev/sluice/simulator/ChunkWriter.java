package dev.sluice.simulator;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.core.JsonGenerator;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;

/** Writes the events of one streamed answer, each as {@code data: JSON} and an empty line. */
final class ChunkWriter {

    static final byte[] DONE = "data: [DONE]\n\n".getBytes(US_ASCII);

    private static final byte[] DATA = "data: ".getBytes(US_ASCII);
    private static final byte[] END = "\n\n".getBytes(US_ASCII);

    private final Answer answer;
    private final boolean chat;
    private final ByteArrayOutputStream event = new ByteArrayOutputStream(512);

    ChunkWriter(Answer answer) {
        this.answer = answer;
        this.chat = answer.call().endpoint() == Endpoint.CHAT;
    }

    /** The event with which a choice of a chat begins. */
    byte[] opening(int choice) throws IOException {
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

    byte[] piece(int choice, String text) throws IOException {
        return event(json -> choice(json, choice, text, null));
    }

    byte[] finish(int choice, String finishReason) throws IOException {
        return event(json -> choice(json, choice, "", finishReason));
    }

    /** The event that says what was used; it has no choices. */
    byte[] usage(Usage usage) throws IOException {
        return event(json -> {}, usage);
    }

    /** An event whose JSON breaks off. */
    byte[] broken() throws IOException {
        byte[] whole = piece(0, "");
        byte[] half = Arrays.copyOf(whole, whole.length / 2);
        System.arraycopy(END, 0, half, half.length - END.length, END.length);
        return half;
    }

    private byte[] event(AnswerWriter.Body choices) throws IOException {
        return event(choices, null);
    }

    private byte[] event(AnswerWriter.Body choices, @Nullable Usage usage) throws IOException {
        event.reset();
        event.write(DATA);
        try (JsonGenerator json = Json.FACTORY.createGenerator(event)) {
            json.writeStartObject();
            AnswerWriter.head(json, answer, answer.call().endpoint().chunkObject);
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
        }
        event.write(END);
        return event.toByteArray();
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

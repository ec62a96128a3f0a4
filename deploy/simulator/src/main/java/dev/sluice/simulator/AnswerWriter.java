package dev.sluice.simulator;

import com.fasterxml.jackson.core.JsonGenerator;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** Writes whole answers in OpenAI's JSON. */
final class AnswerWriter {

    static final String FINGERPRINT = "fp_simulator";

    private static final int BODY_BYTES = 1024;
    private static final long MODEL_CREATED = 1_715_367_049;

    /** Something that is written as JSON. */
    @FunctionalInterface
    interface Body {
        void write(JsonGenerator json) throws IOException;
    }

    private AnswerWriter() {}

    static byte[] bytes(Body body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(BODY_BYTES);
        try (JsonGenerator json = Json.FACTORY.createGenerator(out)) {
            body.write(json);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return out.toByteArray();
    }

    /** A chat's or a completion's answer. */
    static byte[] completions(Answer answer, List<Turn> turns, Usage usage, boolean showUsage) {
        return bytes(json -> {
            json.writeStartObject();
            head(json, answer, OpenAiWire.object(answer.call().endpoint(), false));
            json.writeArrayFieldStart("choices");
            for (int index = 0; index < turns.size(); index++) {
                choice(json, answer, index, turns.get(index));
            }
            json.writeEndArray();
            if (showUsage) {
                json.writeFieldName("usage");
                usage(json, answer.call().endpoint(), usage);
            }
            json.writeStringField("system_fingerprint", FINGERPRINT);
            json.writeEndObject();
        });
    }

    static byte[] embeddings(Answer answer, Usage usage, boolean showUsage) {
        ModelCall call = answer.call();
        List<Embedding> vectors = Embedding.all(call);
        return bytes(json -> {
            json.writeStartObject();
            json.writeStringField("object", OpenAiWire.object(call.endpoint(), false));
            json.writeArrayFieldStart("data");
            for (int index = 0; index < vectors.size(); index++) {
                json.writeStartObject();
                json.writeStringField("object", "embedding");
                json.writeNumberField("index", index);
                json.writeFieldName("embedding");
                vectors.get(index).write(json, call.base64());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeStringField("model", call.model());
            if (showUsage) {
                json.writeFieldName("usage");
                usage(json, call.endpoint(), usage);
            }
            json.writeEndObject();
        });
    }

    static byte[] models() {
        return bytes(json -> {
            json.writeStartObject();
            json.writeStringField("object", "list");
            json.writeArrayFieldStart("data");
            for (Prices.Price price : Prices.ALL) {
                model(json, price.model());
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    static void model(JsonGenerator json, String id) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", id);
        json.writeStringField("object", "model");
        json.writeNumberField("created", MODEL_CREATED);
        json.writeStringField("owned_by", "simulator");
        json.writeEndObject();
    }

    static byte[] error(Rejection rejection) {
        return bytes(json -> {
            json.writeStartObject();
            json.writeObjectFieldStart("error");
            json.writeStringField("message", rejection.message());
            json.writeStringField("type", rejection.type());
            json.writeStringField("param", rejection.param());
            json.writeStringField("code", rejection.code());
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    /** The fields with which answers and chunks begin. */
    static void head(JsonGenerator json, Answer answer, String object) throws IOException {
        json.writeStringField("id", answer.requestId());
        json.writeStringField("object", object);
        json.writeNumberField("created", answer.created());
        json.writeStringField("model", answer.call().model());
    }

    static void usage(JsonGenerator json, Endpoint endpoint, Usage usage) throws IOException {
        json.writeStartObject();
        json.writeNumberField("prompt_tokens", usage.input());
        if (endpoint != Endpoint.EMBEDDINGS) {
            json.writeNumberField("completion_tokens", usage.output());
        }
        json.writeNumberField("total_tokens", usage.input() + usage.output());
        if (endpoint == Endpoint.CHAT) {
            json.writeObjectFieldStart("prompt_tokens_details");
            json.writeNumberField("cached_tokens", usage.cached());
            json.writeNumberField("audio_tokens", 0);
            json.writeEndObject();
            json.writeObjectFieldStart("completion_tokens_details");
            json.writeNumberField("reasoning_tokens", usage.reasoning());
            json.writeNumberField("audio_tokens", 0);
            json.writeNumberField("accepted_prediction_tokens", 0);
            json.writeNumberField("rejected_prediction_tokens", 0);
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static void choice(JsonGenerator json, Answer answer, int index, Turn turn)
            throws IOException {
        json.writeStartObject();
        json.writeNumberField("index", index);
        if (answer.call().endpoint() == Endpoint.CHAT) {
            json.writeObjectFieldStart("message");
            message(json, answer, turn);
            json.writeEndObject();
        } else {
            json.writeStringField("text", turn.text(Segment.Kind.TEXT));
        }
        json.writeNullField("logprobs");
        json.writeStringField("finish_reason", turn.finishReason());
        json.writeEndObject();
    }

    private static void message(JsonGenerator json, Answer answer, Turn turn) throws IOException {
        List<Segment> calls = turn.calls();
        json.writeStringField("role", "assistant");
        if (calls.isEmpty()) {
            json.writeStringField("content", turn.text(Segment.Kind.TEXT));
        } else {
            json.writeNullField("content");
        }
        json.writeNullField("refusal");
        json.writeArrayFieldStart("annotations");
        json.writeEndArray();
        String thought = turn.text(Segment.Kind.THOUGHT);
        if (!thought.isEmpty()) {
            json.writeStringField("reasoning_content", thought);
        }
        if (!calls.isEmpty()) {
            json.writeArrayFieldStart("tool_calls");
            for (Segment call : calls) {
                json.writeStartObject();
                json.writeStringField("id", answer.callId("call_", call));
                json.writeStringField("type", "function");
                json.writeObjectFieldStart("function");
                json.writeStringField("name", call.name());
                json.writeStringField("arguments", call.said().text());
                json.writeEndObject();
                json.writeEndObject();
            }
            json.writeEndArray();
        }
    }
}

package dev.sluice.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;

import io.helidon.http.Header;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.List;

/** OpenAI's Responses API. */
final class ResponsesWire implements Wire {

    static final Wire INSTANCE = new ResponsesWire();

    private ResponsesWire() {}

    @Override
    public Reading read(Address address, byte[] body) {
        try {
            return read(ChatReading.object(body));
        } catch (InvalidRequestException e) {
            return e.rejection();
        }
    }

    private static ModelCall read(JsonNode body) throws InvalidRequestException {
        ChatReading chat = new ChatReading(Endpoint.RESPONSES, ChatReading.required(body, "model"));
        if (body.path("instructions").isTextual()) {
            chat.message("system", List.of(body.path("instructions").textValue()));
        }
        input(chat, body.path("input"));
        chat.outputTokensMax(body.path("max_output_tokens"));
        chat.stream(body.path("stream").asBoolean());
        chat.user(body.path("user"));
        for (JsonNode tool : body.path("tools")) {
            chat.tool(tool.path("name").asText(), tool.path("parameters"));
        }
        JsonNode choice = body.path("tool_choice");
        switch (choice.asText()) {
            case "required" -> chat.mustCall();
            case "none" -> chat.mustNotCall();
            default -> {
                if (!choice.path("name").asText().isEmpty()) {
                    chat.mustCall(choice.path("name").asText());
                }
            }
        }
        if (!body.path("parallel_tool_calls").asBoolean(true)) {
            chat.oneCallOnly();
        }
        chat.schema(body.at("/text/format/schema"));
        chat.thinks(WishesReader.isThoughtful(body.at("/reasoning/effort")));
        return chat.call("input");
    }

    private static void input(ChatReading chat, JsonNode input) {
        if (input.isTextual()) {
            chat.message("user", List.of(input.textValue()));
        }
        String before = "";
        for (JsonNode item : input) {
            String type = item.path("type").asText("message");
            switch (type) {
                case "function_call" -> {
                    // Several calls are one turn.
                    if (!before.equals(type)) {
                        chat.message("assistant", List.of());
                    }
                }
                case "function_call_output" -> {
                    JsonNode output = item.path("output");
                    chat.message("tool", ChatReading.texts(output));
                }
                case "message" ->
                        chat.message(
                                item.path("role").asText(),
                                ChatReading.texts(item.path("content")));
                default -> {}
            }
            before = type;
        }
    }

    @Override
    public byte[] whole(Answer answer, List<Turn> turns, Usage usage, boolean showUsage) {
        Turn turn = turns.getFirst();
        return AnswerWriter.bytes(json -> response(json, answer, turn, showUsage ? usage : null));
    }

    /** The whole response, or without a turn the one that has just begun. */
    private static void response(
            JsonGenerator json, Answer answer, @Nullable Turn turn, @Nullable Usage usage)
            throws IOException {
        boolean cut = turn != null && turn.finishReason().equals("length");
        json.writeStartObject();
        json.writeStringField("id", answer.requestId());
        json.writeStringField("object", "response");
        json.writeNumberField("created_at", answer.created());
        json.writeStringField(
                "status", turn == null ? "in_progress" : cut ? "incomplete" : "completed");
        json.writeNullField("error");
        if (cut) {
            json.writeObjectFieldStart("incomplete_details");
            json.writeStringField("reason", "max_output_tokens");
            json.writeEndObject();
        } else {
            json.writeNullField("incomplete_details");
        }
        json.writeNullField("instructions");
        json.writeObjectFieldStart("metadata");
        json.writeEndObject();
        json.writeStringField("model", answer.call().model());
        json.writeArrayFieldStart("output");
        if (turn != null) {
            for (Segment segment : turn.segments()) {
                item(json, answer, segment, cut ? "incomplete" : "completed");
            }
        }
        json.writeEndArray();
        json.writeBooleanField("parallel_tool_calls", answer.call().wishes().parallel());
        json.writeNumberField("temperature", 1);
        json.writeStringField("tool_choice", "auto");
        json.writeArrayFieldStart("tools");
        json.writeEndArray();
        json.writeNumberField("top_p", 1);
        if (usage == null) {
            json.writeNullField("usage");
        } else {
            usage(json, usage);
        }
        json.writeEndObject();
    }

    private static void usage(JsonGenerator json, Usage usage) throws IOException {
        json.writeObjectFieldStart("usage");
        json.writeNumberField("input_tokens", usage.input());
        json.writeObjectFieldStart("input_tokens_details");
        json.writeNumberField("cached_tokens", usage.cached());
        json.writeEndObject();
        json.writeNumberField("output_tokens", usage.output());
        json.writeObjectFieldStart("output_tokens_details");
        json.writeNumberField("reasoning_tokens", usage.reasoning());
        json.writeEndObject();
        json.writeNumberField("total_tokens", usage.input() + usage.output());
        json.writeEndObject();
    }

    static String itemId(Answer answer, Segment segment) {
        String prefix =
                switch (segment.kind()) {
                    case TEXT -> "msg_";
                    case THOUGHT -> "rs_";
                    case CALL -> "fc_";
                };
        return prefix + answer.requestId() + "_" + segment.ordinal();
    }

    /** An item of the output; one that is in progress has nothing in it yet. */
    static void item(JsonGenerator json, Answer answer, Segment segment, String status)
            throws IOException {
        boolean begun = status.equals("in_progress");
        String words = begun ? "" : segment.said().text();
        json.writeStartObject();
        json.writeStringField("id", itemId(answer, segment));
        switch (segment.kind()) {
            case TEXT -> {
                json.writeStringField("type", "message");
                json.writeStringField("status", status);
                json.writeStringField("role", "assistant");
                json.writeArrayFieldStart("content");
                if (!begun) {
                    part(json, segment, words);
                }
                json.writeEndArray();
            }
            case THOUGHT -> {
                json.writeStringField("type", "reasoning");
                json.writeArrayFieldStart("summary");
                if (!begun) {
                    part(json, segment, words);
                }
                json.writeEndArray();
            }
            case CALL -> {
                json.writeStringField("type", "function_call");
                json.writeStringField("status", status);
                json.writeStringField("call_id", answer.callId("call_", segment));
                json.writeStringField("name", segment.name());
                json.writeStringField("arguments", words);
            }
        }
        json.writeEndObject();
    }

    static void part(JsonGenerator json, Segment segment, String words) throws IOException {
        boolean isText = segment.kind() == Segment.Kind.TEXT;
        json.writeStartObject();
        json.writeStringField("type", isText ? "output_text" : "summary_text");
        json.writeStringField("text", words);
        if (isText) {
            json.writeArrayFieldStart("annotations");
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    @Override
    public EventWriter events(Answer answer, boolean showUsage) {
        return new ResponsesEvents(answer, showUsage);
    }

    static void snapshot(
            JsonGenerator json, Answer answer, @Nullable Turn turn, @Nullable Usage usage)
            throws IOException {
        json.writeFieldName("response");
        response(json, answer, turn, usage);
    }

    @Override
    public Header streamType() {
        return OpenAiWire.EVENTS;
    }

    @Override
    public byte[] error(Rejection rejection) {
        return AnswerWriter.error(rejection);
    }
}

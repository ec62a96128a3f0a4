package dev.sluice.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;

import io.helidon.http.Header;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Anthropic's Messages API. */
final class AnthropicWire implements Wire {

    static final Wire INSTANCE = new AnthropicWire();

    private AnthropicWire() {}

    @Override
    public Reading read(Address address, byte[] body) {
        try {
            return read(address.endpoint(), ChatReading.object(body));
        } catch (InvalidRequestException e) {
            return e.rejection();
        }
    }

    private static ModelCall read(Endpoint endpoint, JsonNode body) throws InvalidRequestException {
        ChatReading chat = new ChatReading(endpoint, ChatReading.required(body, "model"));
        if (endpoint == Endpoint.MESSAGES && !body.path("max_tokens").isNumber()) {
            throw ChatReading.missing("max_tokens");
        }
        JsonNode system = body.path("system");
        if (system.isTextual()) {
            chat.message("system", List.of(system.textValue()));
        }
        for (JsonNode block : system) {
            chat.message("system", List.of(block.path("text").asText()));
        }
        for (JsonNode message : body.path("messages")) {
            message(chat, message);
        }
        chat.outputTokensMax(body.path("max_tokens"));
        chat.stops(body.path("stop_sequences"));
        chat.stream(body.path("stream").asBoolean());
        chat.user(body.at("/metadata/user_id"));
        for (JsonNode tool : body.path("tools")) {
            chat.tool(tool.path("name").asText(), tool.path("input_schema"));
        }
        JsonNode choice = body.path("tool_choice");
        switch (choice.path("type").asText()) {
            case "any" -> chat.mustCall();
            case "tool" -> chat.mustCall(choice.path("name").asText());
            case "none" -> chat.mustNotCall();
            default -> {}
        }
        if (choice.path("disable_parallel_tool_use").asBoolean()) {
            chat.oneCallOnly();
        }
        chat.schema(body.at("/output_config/format/schema"));
        chat.schema(body.at("/output_format/schema"));
        String thinking = body.at("/thinking/type").asText();
        chat.thinks(thinking.equals("enabled") || thinking.equals("adaptive"));
        return chat.call("messages");
    }

    /** What tools returned stands in a user's message, but is no user's word. */
    private static void message(ChatReading chat, JsonNode message) {
        JsonNode content = message.path("content");
        boolean returned = false;
        for (JsonNode block : content) {
            if (block.path("type").asText().equals("tool_result")) {
                chat.message("tool", ChatReading.texts(block.path("content")));
                returned = true;
            }
        }
        List<String> texts = ChatReading.texts(content);
        if (!returned || !texts.isEmpty()) {
            chat.message(message.path("role").asText(), texts);
        }
    }

    @Override
    public byte[] whole(Answer answer, List<Turn> turns, Usage usage, boolean showUsage) {
        if (answer.call().endpoint() == Endpoint.COUNT_TOKENS) {
            return AnswerWriter.bytes(json -> {
                json.writeStartObject();
                json.writeNumberField("input_tokens", answer.call().inputTokens());
                json.writeEndObject();
            });
        }
        Turn turn = turns.getFirst();
        return AnswerWriter.bytes(json -> {
            json.writeStartObject();
            head(json, answer);
            json.writeArrayFieldStart("content");
            for (Segment segment : turn.segments()) {
                block(json, answer, segment);
            }
            json.writeEndArray();
            json.writeStringField("stop_reason", stopReason(turn));
            json.writeNullField("stop_sequence");
            if (showUsage) {
                json.writeObjectFieldStart("usage");
                usage(json, usage);
                json.writeEndObject();
            }
            json.writeEndObject();
        });
    }

    private static void head(JsonGenerator json, Answer answer) throws IOException {
        json.writeStringField("id", answer.requestId());
        json.writeStringField("type", "message");
        json.writeStringField("role", "assistant");
        json.writeStringField("model", answer.call().model());
    }

    private static void block(JsonGenerator json, Answer answer, Segment segment)
            throws IOException {
        json.writeStartObject();
        switch (segment.kind()) {
            case TEXT -> {
                json.writeStringField("type", "text");
                json.writeStringField("text", segment.said().text());
            }
            case THOUGHT -> {
                json.writeStringField("type", "thinking");
                json.writeStringField("thinking", segment.said().text());
                json.writeStringField("signature", signature(answer));
            }
            case CALL -> {
                json.writeStringField("type", "tool_use");
                json.writeStringField("id", answer.callId("toolu_", segment));
                json.writeStringField("name", segment.name());
                json.writeFieldName("input");
                json.writeRawValue(segment.said().text());
            }
        }
        json.writeEndObject();
    }

    private static String signature(Answer answer) {
        return "c2lt" + Long.toHexString(Mixer.hash(answer.requestId()));
    }

    private static String stopReason(Turn turn) {
        return switch (turn.finishReason()) {
            case Turn.TOOL_CALLS -> "tool_use";
            case "length" -> "max_tokens";
            default -> "end_turn";
        };
    }

    private static void usage(JsonGenerator json, Usage usage) throws IOException {
        json.writeNumberField("input_tokens", usage.input() - usage.cached());
        json.writeNumberField("cache_creation_input_tokens", 0);
        json.writeNumberField("cache_read_input_tokens", usage.cached());
        json.writeNumberField("output_tokens", usage.output());
    }

    @Override
    public EventWriter events(Answer answer, boolean showUsage) {
        return new Events(answer, showUsage);
    }

    @Override
    public Header streamType() {
        return OpenAiWire.EVENTS;
    }

    @Override
    public byte[] error(Rejection rejection) {
        String type =
                switch (rejection.status()) {
                    case 400 -> "invalid_request_error";
                    case 401 -> "authentication_error";
                    case 403 -> "permission_error";
                    case 404 -> "not_found_error";
                    case 413 -> "request_too_large";
                    case 429 -> "rate_limit_error";
                    case 503, 529 -> "overloaded_error";
                    default -> "api_error";
                };
        return AnswerWriter.bytes(json -> {
            json.writeStartObject();
            json.writeStringField("type", "error");
            json.writeObjectFieldStart("error");
            json.writeStringField("type", type);
            json.writeStringField("message", rejection.message());
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    private static final class Events implements EventWriter {

        private final Answer answer;
        private final boolean showUsage;
        private final Sse events = new Sse();
        private int open = -1;
        private boolean thinking;

        Events(Answer answer, boolean showUsage) {
            this.answer = answer;
            this.showUsage = showUsage;
        }

        private void event(String type, AnswerWriter.Body fields) throws IOException {
            events.event(
                    type,
                    json -> {
                        json.writeStartObject();
                        json.writeStringField("type", type);
                        fields.write(json);
                        json.writeEndObject();
                    });
        }

        @Override
        public byte[] opening(int choice, Usage prompt) throws IOException {
            event(
                    "message_start",
                    json -> {
                        json.writeObjectFieldStart("message");
                        head(json, answer);
                        json.writeArrayFieldStart("content");
                        json.writeEndArray();
                        json.writeNullField("stop_reason");
                        json.writeNullField("stop_sequence");
                        if (showUsage) {
                            json.writeObjectFieldStart("usage");
                            usage(json, prompt);
                            json.writeEndObject();
                        }
                        json.writeEndObject();
                    });
            event("ping", _ -> {});
            return events.take();
        }

        @Override
        public byte[] piece(int choice, Segment segment, String words) throws IOException {
            if (open != segment.ordinal()) {
                close();
                open(segment);
            }
            event(
                    "content_block_delta",
                    json -> {
                        json.writeNumberField("index", segment.ordinal());
                        json.writeObjectFieldStart("delta");
                        switch (segment.kind()) {
                            case TEXT -> delta(json, "text_delta", "text", words);
                            case THOUGHT -> delta(json, "thinking_delta", "thinking", words);
                            case CALL -> delta(json, "input_json_delta", "partial_json", words);
                        }
                        json.writeEndObject();
                    });
            return events.take();
        }

        private static void delta(JsonGenerator json, String type, String field, String words)
                throws IOException {
            json.writeStringField("type", type);
            json.writeStringField(field, words);
        }

        private void open(Segment segment) throws IOException {
            open = segment.ordinal();
            thinking = segment.kind() == Segment.Kind.THOUGHT;
            event(
                    "content_block_start",
                    json -> {
                        json.writeNumberField("index", segment.ordinal());
                        json.writeObjectFieldStart("content_block");
                        switch (segment.kind()) {
                            case TEXT -> delta(json, "text", "text", "");
                            case THOUGHT -> {
                                delta(json, "thinking", "thinking", "");
                                json.writeStringField("signature", "");
                            }
                            case CALL -> {
                                json.writeStringField("type", "tool_use");
                                json.writeStringField("id", answer.callId("toolu_", segment));
                                json.writeStringField("name", segment.name());
                                json.writeObjectFieldStart("input");
                                json.writeEndObject();
                            }
                        }
                        json.writeEndObject();
                    });
        }

        private void close() throws IOException {
            if (open < 0) {
                return;
            }
            if (thinking) {
                event(
                        "content_block_delta",
                        json -> {
                            json.writeNumberField("index", open);
                            json.writeObjectFieldStart("delta");
                            delta(json, "signature_delta", "signature", signature(answer));
                            json.writeEndObject();
                        });
            }
            event("content_block_stop", json -> json.writeNumberField("index", open));
        }

        @Override
        public List<byte[]> ending(List<Turn> turns, Usage usage) throws IOException {
            List<byte[]> ending = new ArrayList<>();
            close();
            event(
                    "message_delta",
                    json -> {
                        json.writeObjectFieldStart("delta");
                        json.writeStringField("stop_reason", stopReason(turns.getFirst()));
                        json.writeNullField("stop_sequence");
                        json.writeEndObject();
                        if (showUsage) {
                            json.writeObjectFieldStart("usage");
                            usage(json, usage);
                            json.writeEndObject();
                        }
                    });
            ending.add(events.take());
            event("message_stop", _ -> {});
            ending.add(events.take());
            return ending;
        }

        @Override
        public byte[] broken() throws IOException {
            event("content_block_delta", json -> json.writeNumberField("index", open));
            return Sse.broken(events.take());
        }
    }
}

package dev.sluice.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;

import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** AWS Bedrock's Converse. */
final class ConverseWire implements Wire {

    static final Wire INSTANCE = new ConverseWire();

    private static final Header EVENTS =
            HeaderValues.createCached(
                    HeaderNames.CONTENT_TYPE, "application/vnd.amazon.eventstream");
    private static final HeaderName ERROR_TYPE = HeaderNames.create("x-amzn-errortype");

    private ConverseWire() {}

    @Override
    public Reading read(Address address, byte[] body) {
        try {
            return read(address, ChatReading.object(body));
        } catch (InvalidRequestException e) {
            return e.rejection();
        }
    }

    private static ModelCall read(Address address, JsonNode body) throws InvalidRequestException {
        ChatReading chat = new ChatReading(address.endpoint(), address.model());
        for (JsonNode block : body.path("system")) {
            if (block.has("text")) {
                chat.message("system", List.of(block.path("text").asText()));
            }
        }
        for (JsonNode message : body.path("messages")) {
            message(chat, message);
        }
        chat.stream(address.stream());
        JsonNode config = body.path("inferenceConfig");
        chat.outputTokensMax(config.path("maxTokens"));
        chat.stops(config.path("stopSequences"));
        for (JsonNode tool : body.at("/toolConfig/tools")) {
            JsonNode spec = tool.path("toolSpec");
            chat.tool(spec.path("name").asText(), spec.at("/inputSchema/json"));
        }
        JsonNode choice = body.at("/toolConfig/toolChoice");
        JsonNode more = body.path("additionalModelRequestFields");
        JsonNode claude = more.path("tool_choice");
        String named = choice.at("/tool/name").asText(claude.path("name").asText());
        if (!named.isEmpty()) {
            chat.mustCall(named);
        } else if (choice.has("any") || claude.path("type").asText().equals("any")) {
            chat.mustCall();
        }
        if (claude.path("disable_parallel_tool_use").asBoolean()) {
            chat.oneCallOnly();
        }
        chat.schema(schema(body.at("/outputConfig/textFormat/structure/jsonSchema/schema")));
        String thinking = more.at("/thinking/type").asText();
        chat.thinks(thinking.equals("enabled") || thinking.equals("adaptive"));
        return chat.call("messages");
    }

    /** Bedrock takes the schema of an answer as a text. */
    private static JsonNode schema(JsonNode told) throws InvalidRequestException {
        return told.isTextual() ? ChatReading.object(told.textValue().getBytes(UTF_8)) : told;
    }

    private static void message(ChatReading chat, JsonNode message) {
        boolean returned = false;
        for (JsonNode block : message.path("content")) {
            JsonNode result = block.path("toolResult");
            if (result.isObject()) {
                List<String> texts = ChatReading.texts(result.path("content"));
                for (JsonNode part : result.path("content")) {
                    if (part.has("json")) {
                        texts.add(part.path("json").toString());
                    }
                }
                chat.message("tool", texts);
                returned = true;
            }
        }
        List<String> texts = ChatReading.texts(message.path("content"));
        if (!returned || !texts.isEmpty()) {
            chat.message(message.path("role").asText(), texts);
        }
    }

    @Override
    public byte[] whole(Answer answer, List<Turn> turns, Usage usage, boolean showUsage) {
        Turn turn = turns.getFirst();
        return AnswerWriter.bytes(json -> {
            json.writeStartObject();
            json.writeObjectFieldStart("output");
            json.writeObjectFieldStart("message");
            json.writeStringField("role", "assistant");
            json.writeArrayFieldStart("content");
            for (Segment segment : turn.segments()) {
                block(json, answer, segment);
            }
            json.writeEndArray();
            json.writeEndObject();
            json.writeEndObject();
            json.writeStringField("stopReason", stopReason(turn));
            if (showUsage) {
                usage(json, usage);
            }
            metrics(json);
            json.writeEndObject();
        });
    }

    private static void block(JsonGenerator json, Answer answer, Segment segment)
            throws IOException {
        json.writeStartObject();
        switch (segment.kind()) {
            case TEXT -> json.writeStringField("text", segment.said().text());
            case THOUGHT -> {
                json.writeObjectFieldStart("reasoningContent");
                json.writeObjectFieldStart("reasoningText");
                json.writeStringField("text", segment.said().text());
                json.writeStringField("signature", "c2lt");
                json.writeEndObject();
                json.writeEndObject();
            }
            case CALL -> {
                json.writeObjectFieldStart("toolUse");
                json.writeStringField("toolUseId", answer.callId("tooluse_", segment));
                json.writeStringField("name", segment.name());
                json.writeFieldName("input");
                json.writeRawValue(segment.said().text());
                json.writeEndObject();
            }
        }
        json.writeEndObject();
    }

    private static String stopReason(Turn turn) {
        return switch (turn.finishReason()) {
            case Turn.TOOL_CALLS -> "tool_use";
            case "length" -> "max_tokens";
            default -> "end_turn";
        };
    }

    private static void usage(JsonGenerator json, Usage usage) throws IOException {
        json.writeObjectFieldStart("usage");
        json.writeNumberField("inputTokens", usage.input() - usage.cached());
        json.writeNumberField("outputTokens", usage.output());
        json.writeNumberField("totalTokens", usage.input() + usage.output());
        json.writeNumberField("cacheReadInputTokens", usage.cached());
        json.writeNumberField("cacheWriteInputTokens", 0);
        json.writeEndObject();
    }

    private static void metrics(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("metrics");
        json.writeNumberField("latencyMs", 1);
        json.writeEndObject();
    }

    @Override
    public EventWriter events(Answer answer, boolean showUsage) {
        return new Events(answer, showUsage);
    }

    @Override
    public Header streamType() {
        return EVENTS;
    }

    @Override
    public byte[] error(Rejection rejection) {
        return AnswerWriter.bytes(json -> {
            json.writeStartObject();
            json.writeStringField("message", rejection.message());
            json.writeEndObject();
        });
    }

    @Override
    public Optional<Header> errorHeader(Rejection rejection) {
        String type =
                switch (rejection.status()) {
                    case 400, 413 -> "ValidationException";
                    case 401, 403 -> "AccessDeniedException";
                    case 404 -> "ResourceNotFoundException";
                    case 408 -> "ModelTimeoutException";
                    case 424 -> "ModelErrorException";
                    case 429 -> "ThrottlingException";
                    case 503 -> "ServiceUnavailableException";
                    default -> "InternalServerException";
                };
        return Optional.of(HeaderValues.create(ERROR_TYPE, type));
    }

    private static final class Events implements EventWriter {

        private final Answer answer;
        private final boolean showUsage;
        private int open = -1;

        Events(Answer answer, boolean showUsage) {
            this.answer = answer;
            this.showUsage = showUsage;
        }

        private static byte[] event(String type, AnswerWriter.Body fields) {
            return AwsFrames.event(
                    type,
                    AnswerWriter.bytes(json -> {
                        json.writeStartObject();
                        fields.write(json);
                        json.writeEndObject();
                    }));
        }

        @Override
        public byte[] opening(int choice, Usage prompt) {
            return event("messageStart", json -> json.writeStringField("role", "assistant"));
        }

        @Override
        public byte[] piece(int choice, Segment segment, String words) {
            List<byte[]> events = new ArrayList<>();
            if (open != segment.ordinal()) {
                if (open >= 0) {
                    events.add(closing());
                }
                open = segment.ordinal();
                if (segment.kind() == Segment.Kind.CALL) {
                    events.add(start(segment));
                }
            }
            events.add(
                    event(
                            "contentBlockDelta",
                            json -> {
                                json.writeNumberField("contentBlockIndex", segment.ordinal());
                                json.writeObjectFieldStart("delta");
                                delta(json, segment, words);
                                json.writeEndObject();
                            }));
            return joined(events);
        }

        private byte[] start(Segment segment) {
            return event(
                    "contentBlockStart",
                    json -> {
                        json.writeNumberField("contentBlockIndex", segment.ordinal());
                        json.writeObjectFieldStart("start");
                        json.writeObjectFieldStart("toolUse");
                        json.writeStringField("toolUseId", answer.callId("tooluse_", segment));
                        json.writeStringField("name", segment.name());
                        json.writeEndObject();
                        json.writeEndObject();
                    });
        }

        private static void delta(JsonGenerator json, Segment segment, String words)
                throws IOException {
            switch (segment.kind()) {
                case TEXT -> json.writeStringField("text", words);
                case THOUGHT -> {
                    json.writeObjectFieldStart("reasoningContent");
                    json.writeStringField("text", words);
                    json.writeEndObject();
                }
                case CALL -> {
                    json.writeObjectFieldStart("toolUse");
                    json.writeStringField("input", words);
                    json.writeEndObject();
                }
            }
        }

        private byte[] closing() {
            int index = open;
            return event(
                    "contentBlockStop", json -> json.writeNumberField("contentBlockIndex", index));
        }

        private static byte[] joined(List<byte[]> parts) {
            if (parts.size() == 1) {
                return parts.getFirst();
            }
            var out = new ByteArrayOutputStream();
            parts.forEach(out::writeBytes);
            return out.toByteArray();
        }

        @Override
        public List<byte[]> ending(List<Turn> turns, Usage usage) {
            List<byte[]> ending = new ArrayList<>();
            if (open >= 0) {
                ending.add(closing());
            }
            String reason = stopReason(turns.getFirst());
            ending.add(event("messageStop", json -> json.writeStringField("stopReason", reason)));
            ending.add(
                    event(
                            "metadata",
                            json -> {
                                if (showUsage) {
                                    usage(json, usage);
                                }
                                metrics(json);
                            }));
            return ending;
        }

        @Override
        public byte[] broken() {
            return AwsFrames.broken(closing());
        }
    }
}

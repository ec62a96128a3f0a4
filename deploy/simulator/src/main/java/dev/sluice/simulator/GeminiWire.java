package dev.sluice.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;

import io.helidon.http.Header;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Google's {@code generateContent} and embeddings, of AI Studio and Vertex. */
final class GeminiWire implements Wire {

    static final Wire INSTANCE = new GeminiWire();

    private GeminiWire() {}

    @Override
    public Reading read(Address address, byte[] body) {
        try {
            JsonNode tree = ChatReading.object(body);
            return address.endpoint() == Endpoint.GENERATE
                    ? chat(address, tree)
                    : GeminiEmbedding.read(address, tree);
        } catch (InvalidRequestException e) {
            return e.rejection();
        }
    }

    private static ModelCall chat(Address address, JsonNode body) throws InvalidRequestException {
        ChatReading chat = new ChatReading(address.endpoint(), address.model());
        for (JsonNode part : body.at("/systemInstruction/parts")) {
            chat.message("system", List.of(part.path("text").asText()));
        }
        for (JsonNode content : body.path("contents")) {
            content(chat, content);
        }
        chat.stream(address.stream());
        JsonNode config = body.path("generationConfig");
        chat.outputTokensMax(config.path("maxOutputTokens"));
        chat.stops(config.path("stopSequences"));
        chat.schema(config.path("responseSchema"));
        chat.schema(config.path("responseJsonSchema"));
        JsonNode thinking = config.path("thinkingConfig");
        chat.thinks(thinking.isObject() && thinking.path("includeThoughts").asBoolean());
        for (JsonNode tool : body.path("tools")) {
            for (JsonNode function : tool.path("functionDeclarations")) {
                JsonNode schema = function.path("parametersJsonSchema");
                chat.tool(
                        function.path("name").asText(),
                        schema.isObject() ? schema : function.path("parameters"));
            }
        }
        JsonNode calling = body.at("/toolConfig/functionCallingConfig");
        JsonNode allowed = calling.path("allowedFunctionNames");
        switch (calling.path("mode").asText()) {
            case "ANY" -> {
                if (allowed.size() == 1) {
                    chat.mustCall(allowed.path(0).asText());
                } else {
                    chat.mustCall();
                }
            }
            case "NONE" -> chat.mustNotCall();
            default -> {}
        }
        return chat.call("contents");
    }

    private static void content(ChatReading chat, JsonNode content) {
        boolean returned = false;
        for (JsonNode part : content.path("parts")) {
            JsonNode response = part.at("/functionResponse/response");
            if (response.isObject()) {
                JsonNode only = response.size() == 1 ? response.iterator().next() : response;
                String text = only.isTextual() ? only.textValue() : response.toString();
                chat.message("tool", List.of(text));
                returned = true;
            }
        }
        List<String> texts = ChatReading.texts(content.path("parts"));
        if (!returned || !texts.isEmpty()) {
            chat.message(
                    content.path("role").asText().equals("model") ? "assistant" : "user", texts);
        }
    }

    @Override
    public byte[] whole(Answer answer, List<Turn> turns, Usage usage, boolean showUsage) {
        if (answer.call().endpoint() != Endpoint.GENERATE) {
            return GeminiEmbedding.write(answer, usage, showUsage);
        }
        Turn turn = turns.getFirst();
        return AnswerWriter.bytes(json ->
                response(
                        json,
                        answer,
                        turn.segments(),
                        finishReason(turn),
                        showUsage ? usage : null));
    }

    /** A whole answer, and an event of a stream, are alike. */
    private static void response(
            JsonGenerator json,
            Answer answer,
            List<Segment> segments,
            @Nullable String finishReason,
            @Nullable Usage usage)
            throws IOException {
        json.writeStartObject();
        json.writeArrayFieldStart("candidates");
        json.writeStartObject();
        json.writeObjectFieldStart("content");
        json.writeArrayFieldStart("parts");
        for (Segment segment : segments) {
            part(json, segment, segment.said().text());
        }
        json.writeEndArray();
        json.writeStringField("role", "model");
        json.writeEndObject();
        if (finishReason != null) {
            json.writeStringField("finishReason", finishReason);
        }
        json.writeNumberField("index", 0);
        json.writeEndObject();
        json.writeEndArray();
        if (usage != null) {
            usage(json, usage);
        }
        json.writeStringField("modelVersion", answer.call().model());
        json.writeStringField("responseId", answer.requestId());
        json.writeEndObject();
    }

    private static void part(JsonGenerator json, Segment segment, String words) throws IOException {
        json.writeStartObject();
        switch (segment.kind()) {
            case TEXT -> json.writeStringField("text", words);
            case THOUGHT -> {
                json.writeStringField("text", words);
                json.writeBooleanField("thought", true);
            }
            case CALL -> {
                json.writeObjectFieldStart("functionCall");
                json.writeStringField("name", segment.name());
                json.writeFieldName("args");
                json.writeRawValue(words);
                json.writeEndObject();
            }
        }
        json.writeEndObject();
    }

    private static void usage(JsonGenerator json, Usage usage) throws IOException {
        json.writeObjectFieldStart("usageMetadata");
        json.writeNumberField("promptTokenCount", usage.input());
        json.writeNumberField("candidatesTokenCount", usage.output() - usage.reasoning());
        json.writeNumberField("totalTokenCount", usage.input() + usage.output());
        if (usage.cached() > 0) {
            json.writeNumberField("cachedContentTokenCount", usage.cached());
        }
        if (usage.reasoning() > 0) {
            json.writeNumberField("thoughtsTokenCount", usage.reasoning());
        }
        json.writeEndObject();
    }

    private static String finishReason(Turn turn) {
        return turn.finishReason().equals("length") ? "MAX_TOKENS" : "STOP";
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
        String status =
                switch (rejection.status()) {
                    case 400 -> "INVALID_ARGUMENT";
                    case 401 -> "UNAUTHENTICATED";
                    case 403 -> "PERMISSION_DENIED";
                    case 404 -> "NOT_FOUND";
                    case 429 -> "RESOURCE_EXHAUSTED";
                    case 503 -> "UNAVAILABLE";
                    case 504 -> "DEADLINE_EXCEEDED";
                    default -> "INTERNAL";
                };
        return AnswerWriter.bytes(json -> {
            json.writeStartObject();
            json.writeObjectFieldStart("error");
            json.writeNumberField("code", rejection.status());
            json.writeStringField("message", rejection.message());
            json.writeStringField("status", status);
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    /** Calls come whole in one event; it is sent with the last of their tokens. */
    private static final class Events implements EventWriter {

        private final Answer answer;
        private final boolean showUsage;
        private final Sse events = new Sse();
        private final StringBuilder arguments = new StringBuilder();

        Events(Answer answer, boolean showUsage) {
            this.answer = answer;
            this.showUsage = showUsage;
        }

        @Override
        public byte[] opening(int choice, Usage prompt) {
            return new byte[0];
        }

        @Override
        public byte[] piece(int choice, Segment segment, String words) throws IOException {
            if (segment.kind() == Segment.Kind.CALL) {
                arguments.append(words);
                if (arguments.length() < segment.said().text().length()) {
                    return new byte[0];
                }
                arguments.setLength(0);
                return event(List.of(segment), null, null);
            }
            Completion said = Completion.verbatim(words);
            return event(
                    List.of(new Segment(segment.kind(), segment.ordinal(), -1, "", said)),
                    null,
                    null);
        }

        private byte[] event(
                List<Segment> segments, @Nullable String finishReason, @Nullable Usage usage)
                throws IOException {
            return events.data(json -> response(json, answer, segments, finishReason, usage))
                    .take();
        }

        @Override
        public List<byte[]> ending(List<Turn> turns, Usage usage) throws IOException {
            List<byte[]> ending = new ArrayList<>();
            ending.add(event(List.of(), finishReason(turns.getFirst()), showUsage ? usage : null));
            return ending;
        }

        @Override
        public byte[] broken() throws IOException {
            return Sse.broken(event(List.of(), null, null));
        }
    }
}

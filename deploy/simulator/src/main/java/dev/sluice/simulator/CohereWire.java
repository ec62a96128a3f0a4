package dev.sluice.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;

import io.helidon.http.Header;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Cohere's second API: chat, embed and rerank. Cohere caches no prompts. */
final class CohereWire implements Wire {

    static final Wire INSTANCE = new CohereWire();

    private CohereWire() {}

    @Override
    public Reading read(Address address, byte[] body) {
        try {
            JsonNode tree = ChatReading.object(body);
            String model = ChatReading.required(tree, "model");
            return switch (address.endpoint()) {
                case COHERE_EMBED -> embed(tree, model);
                case RERANK -> rerank(tree, model);
                default -> chat(tree, model);
            };
        } catch (InvalidRequestException e) {
            return e.rejection();
        }
    }

    private static ModelCall embed(JsonNode body, String model) throws InvalidRequestException {
        List<String> texts = new ArrayList<>();
        body.path("texts").forEach(text -> texts.add(text.asText()));
        boolean base64 = body.at("/embedding_types/0").asText().equals("base64");
        return ChatReading.ofTexts(
                Endpoint.COHERE_EMBED, model, texts, body.path("output_dimension").asInt(), base64);
    }

    /** The query first, then the documents; the answer's length stands in for dimensions. */
    private static ModelCall rerank(JsonNode body, String model) throws InvalidRequestException {
        List<String> texts = new ArrayList<>();
        texts.add(ChatReading.required(body, "query"));
        for (JsonNode document : body.path("documents")) {
            texts.add(document.isTextual() ? document.textValue() : document.path("text").asText());
        }
        return ChatReading.ofTexts(
                Endpoint.RERANK, model, texts, body.path("top_n").asInt(), false);
    }

    private static ModelCall chat(JsonNode body, String model) throws InvalidRequestException {
        ChatReading chat = new ChatReading(Endpoint.COHERE_CHAT, model);
        for (JsonNode message : body.path("messages")) {
            chat.message(message.path("role").asText(), ChatReading.texts(message.path("content")));
        }
        chat.stream(body.path("stream").asBoolean());
        chat.outputTokensMax(body.path("max_tokens"));
        chat.stops(body.path("stop_sequences"));
        for (JsonNode tool : body.path("tools")) {
            chat.tool(tool.at("/function/name").asText(), tool.at("/function/parameters"));
        }
        switch (body.path("tool_choice").asText()) {
            case "REQUIRED" -> chat.mustCall();
            case "NONE" -> chat.mustNotCall();
            default -> {}
        }
        JsonNode format = body.path("response_format");
        chat.schema(format.has("schema") ? format.path("schema") : format.path("json_schema"));
        chat.thinks(body.at("/thinking/type").asText().equals("enabled"));
        return chat.call("messages");
    }

    @Override
    public byte[] whole(Answer answer, List<Turn> turns, Usage usage, boolean showUsage) {
        return AnswerWriter.bytes(json -> {
            json.writeStartObject();
            json.writeStringField("id", answer.requestId());
            switch (answer.call().endpoint()) {
                case COHERE_EMBED -> embeddings(json, answer.call());
                case RERANK -> ranking(json, answer.call());
                default -> message(json, answer, turns.getFirst());
            }
            if (showUsage) {
                boolean chat = answer.call().endpoint() == Endpoint.COHERE_CHAT;
                json.writeObjectFieldStart(chat ? "usage" : "meta");
                usage(json, answer.call().endpoint(), usage);
                json.writeEndObject();
            }
            json.writeEndObject();
        });
    }

    private static void message(JsonGenerator json, Answer answer, Turn turn) throws IOException {
        json.writeStringField("finish_reason", finishReason(turn));
        json.writeObjectFieldStart("message");
        json.writeStringField("role", "assistant");
        json.writeArrayFieldStart("content");
        for (Segment segment : turn.segments()) {
            if (segment.kind() != Segment.Kind.CALL) {
                json.writeStartObject();
                content(json, segment.kind(), segment.said().text());
                json.writeEndObject();
            }
        }
        json.writeEndArray();
        if (!turn.calls().isEmpty()) {
            json.writeArrayFieldStart("tool_calls");
            for (Segment call : turn.calls()) {
                call(json, answer, call, call.said().text());
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    private static void content(JsonGenerator json, Segment.Kind kind, String words)
            throws IOException {
        String type = kind == Segment.Kind.THOUGHT ? "thinking" : "text";
        json.writeStringField("type", type);
        json.writeStringField(type, words);
    }

    private static void call(JsonGenerator json, Answer answer, Segment call, String arguments)
            throws IOException {
        json.writeStartObject();
        json.writeStringField("id", answer.callId(call.name() + "_", call));
        json.writeStringField("type", "function");
        json.writeObjectFieldStart("function");
        json.writeStringField("name", call.name());
        json.writeStringField("arguments", arguments);
        json.writeEndObject();
        json.writeEndObject();
    }

    private static String finishReason(Turn turn) {
        return switch (turn.finishReason()) {
            case Turn.TOOL_CALLS -> "TOOL_CALL";
            case "length" -> "MAX_TOKENS";
            default -> "COMPLETE";
        };
    }

    private static void embeddings(JsonGenerator json, ModelCall call) throws IOException {
        json.writeStringField("response_type", "embeddings_by_type");
        json.writeObjectFieldStart("embeddings");
        json.writeArrayFieldStart(call.base64() ? "base64" : "float");
        for (Embedding vector : Embedding.all(call)) {
            vector.write(json, call.base64());
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    /** The nearer a document's hash is to the query's, the better it fits. */
    private static void ranking(JsonGenerator json, ModelCall call) throws IOException {
        List<Prompt> prompts = call.prompts();
        int documents = prompts.size() - 1;
        int limit = call.dimensions() > 0 ? call.dimensions() : documents;
        double[] scores = new double[documents];
        for (int i = 0; i < documents; i++) {
            scores[i] = Mixer.fractionAt(prompts.getFirst().hash(), prompts.get(i + 1).hash());
        }
        List<Integer> order =
                IntStream.range(0, documents)
                        .boxed()
                        .sorted(Comparator.comparingDouble((Integer i) -> -scores[i]))
                        .limit(limit)
                        .toList();
        json.writeArrayFieldStart("results");
        for (int index : order) {
            json.writeStartObject();
            json.writeNumberField("index", index);
            json.writeNumberField("relevance_score", scores[index]);
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void usage(JsonGenerator json, Endpoint endpoint, Usage usage)
            throws IOException {
        json.writeObjectFieldStart("billed_units");
        if (endpoint == Endpoint.RERANK) {
            json.writeNumberField("search_units", 1);
            json.writeEndObject();
            return;
        }
        tokens(json, endpoint, usage);
        json.writeEndObject();
        if (endpoint == Endpoint.COHERE_CHAT) {
            json.writeObjectFieldStart("tokens");
            tokens(json, endpoint, usage);
            json.writeEndObject();
        }
    }

    private static void tokens(JsonGenerator json, Endpoint endpoint, Usage usage)
            throws IOException {
        json.writeNumberField("input_tokens", usage.input());
        if (endpoint == Endpoint.COHERE_CHAT) {
            json.writeNumberField("output_tokens", usage.output());
        }
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
        return AnswerWriter.bytes(json -> {
            json.writeStartObject();
            json.writeStringField("message", rejection.message());
            json.writeEndObject();
        });
    }

    private static final class Events implements EventWriter {

        private final Answer answer;
        private final boolean showUsage;
        private final Sse events = new Sse();
        private int open = -1;
        private Segment.Kind kind = Segment.Kind.TEXT;

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
                    "message-start",
                    json -> {
                        json.writeStringField("id", answer.requestId());
                        json.writeObjectFieldStart("delta");
                        json.writeObjectFieldStart("message");
                        json.writeStringField("role", "assistant");
                        json.writeEndObject();
                        json.writeEndObject();
                    });
            return events.take();
        }

        @Override
        public byte[] piece(int choice, Segment segment, String words) throws IOException {
            if (open != segment.ordinal()) {
                close();
                open = segment.ordinal();
                kind = segment.kind();
                start(segment);
            }
            if (kind == Segment.Kind.CALL) {
                inMessage(
                        "tool-call-delta",
                        "tool_calls",
                        json -> {
                            json.writeObjectFieldStart("function");
                            json.writeStringField("arguments", words);
                            json.writeEndObject();
                        });
            } else {
                String name = kind == Segment.Kind.THOUGHT ? "thinking" : "text";
                inMessage("content-delta", "content", json -> json.writeStringField(name, words));
            }
            return events.take();
        }

        private void start(Segment segment) throws IOException {
            if (kind == Segment.Kind.CALL) {
                inMessage(
                        "tool-call-start",
                        "tool_calls",
                        json -> {
                            json.writeStringField(
                                    "id", answer.callId(segment.name() + "_", segment));
                            json.writeStringField("type", "function");
                            json.writeObjectFieldStart("function");
                            json.writeStringField("name", segment.name());
                            json.writeStringField("arguments", "");
                            json.writeEndObject();
                        });
            } else {
                inMessage("content-start", "content", json -> content(json, kind, ""));
            }
        }

        private void inMessage(String type, String name, AnswerWriter.Body fields)
                throws IOException {
            event(
                    type,
                    json -> {
                        json.writeNumberField("index", open);
                        json.writeObjectFieldStart("delta");
                        json.writeObjectFieldStart("message");
                        json.writeObjectFieldStart(name);
                        fields.write(json);
                        json.writeEndObject();
                        json.writeEndObject();
                        json.writeEndObject();
                    });
        }

        private void close() throws IOException {
            if (open >= 0) {
                event(
                        kind == Segment.Kind.CALL ? "tool-call-end" : "content-end",
                        json -> json.writeNumberField("index", open));
            }
        }

        @Override
        public List<byte[]> ending(List<Turn> turns, Usage usage) throws IOException {
            List<byte[]> ending = new ArrayList<>();
            close();
            event(
                    "message-end",
                    json -> {
                        json.writeObjectFieldStart("delta");
                        json.writeStringField("finish_reason", finishReason(turns.getFirst()));
                        if (showUsage) {
                            json.writeObjectFieldStart("usage");
                            CohereWire.usage(json, Endpoint.COHERE_CHAT, usage);
                            json.writeEndObject();
                        }
                        json.writeEndObject();
                    });
            ending.add(events.take());
            return ending;
        }

        @Override
        public byte[] broken() throws IOException {
            event("content-delta", json -> json.writeNumberField("index", open));
            return Sse.broken(events.take());
        }
    }
}

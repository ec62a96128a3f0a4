package dev.sluice.standalone.transcripts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;

import java.io.IOException;
import java.util.List;

/** Calls chats. */
final class ChatForm implements CallForm {

    @Override
    public String path() {
        return "/v1/chat/completions";
    }

    @Override
    public ObjectNode request(Recording recording) {
        return ChatRequests.of(recording);
    }

    @Override
    public ObjectNode expected(Recording recording) {
        ObjectNode expected = TextFacts.expected(recording);
        JsonNode facts = recording.facts();
        expected.put("reasoning", facts.path("reasoning").asText() + thoughtsInContent(recording));
        expected.set("tool_calls", facts.path("tool_calls"));
        if (facts.has("refusal")) {
            expected.set("refusal", facts.path("refusal"));
        }
        return expected;
    }

    /** Mistral puts them among the content's parts, where facts do not look. */
    private static String thoughtsInContent(Recording recording) {
        var thoughts = new StringBuilder();
        if (recording.provider().equals("mistral")) {
            for (JsonNode part : recording.parts()) {
                part.findValues("thinking")
                        .forEach(list -> list.findValuesAsText("text").forEach(thoughts::append));
            }
        }
        return thoughts.toString();
    }

    @Override
    public ObjectNode found(Answer answer, boolean isStream) {
        var reader = new ChatReader();
        List<JsonNode> parts = isStream ? answer.events() : List.of(answer.json());
        for (JsonNode part : parts) {
            reader.read(part.at("/choices/0"), isStream ? "delta" : "message");
        }
        ObjectNode found = TextFacts.found(answer, parts, isStream);
        found.put("text", reader.text.toString());
        found.put("reasoning", reader.reasoning.toString());
        found.put("refusal", reader.refusal.toString());
        found.set("tool_calls", reader.calls());
        return found;
    }

    /** Puts the pieces of a choice together. */
    private static final class ChatReader {

        private final StringBuilder text = new StringBuilder();
        private final StringBuilder reasoning = new StringBuilder();
        private final StringBuilder refusal = new StringBuilder();
        private final ArrayNode pieces = JsonTrees.MAPPER.createArrayNode();

        void read(JsonNode choice, String where) {
            JsonNode message = choice.path(where);
            append(text, message.path("content"));
            append(reasoning, message.path("reasoning_content"));
            append(refusal, message.path("refusal"));
            int next = 0;
            for (JsonNode call : message.path("tool_calls")) {
                int index = call.path("index").asInt(next);
                while (pieces.size() <= index) {
                    pieces.addObject();
                }
                add((ObjectNode) pieces.get(index), call);
                next = index + 1;
            }
        }

        /** What is no text must not look like the text that is expected. */
        private static void append(StringBuilder text, JsonNode value) {
            if (!value.isMissingNode() && !value.isNull()) {
                text.append(value.isTextual() ? value.textValue() : value.toString());
            }
        }

        private static void add(ObjectNode known, JsonNode piece) {
            JsonNode function = piece.path("function");
            if (function.path("name").isTextual()) {
                known.put("name", known.path("name").asText() + function.path("name").asText());
            }
            if (function.path("arguments").isTextual()) {
                known.put(
                        "json", known.path("json").asText() + function.path("arguments").asText());
            }
            if (piece.path("id").isTextual()) {
                known.set("id", piece.path("id"));
            }
        }

        /** The calls as facts tell them; without an id, a call could not be answered. */
        ArrayNode calls() {
            ArrayNode calls = JsonTrees.MAPPER.createArrayNode();
            for (JsonNode piece : pieces) {
                ObjectNode call = calls.addObject();
                call.set("name", piece.path("name"));
                call.set("arguments", arguments(piece.path("json")));
                if (piece.path("id").asText().isEmpty()) {
                    call.put("id", "none");
                }
            }
            return calls;
        }

        private static JsonNode arguments(JsonNode json) {
            if (!json.isTextual()) {
                return json;
            }
            try {
                return JsonTrees.MAPPER.readTree(json.textValue());
            } catch (IOException e) {
                return json;
            }
        }
    }
}

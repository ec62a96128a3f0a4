package dev.sluice.providers.responses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;

/** One item of a response's output, from its first piece to its end. */
abstract sealed class ServedItem {

    final ObjectNode node;
    private final int index;
    private final EventLog log;
    private boolean hasEnded;

    private ServedItem(String id, String type, int index, EventLog log) {
        this.node = JsonTrees.MAPPER.createObjectNode().put("id", id).put("type", type);
        this.index = index;
        this.log = log;
    }

    /** Tells that it is there. */
    final void begin() {
        tell("response.output_item.added", place("item", node));
    }

    /** Tells all of it; only the first time counts. */
    final void end(String status) {
        if (!hasEnded) {
            hasEnded = true;
            complete(status);
            tell("response.output_item.done", place("item", node));
        }
    }

    abstract void complete(String status);

    final void tell(String type, ObjectNode fields) {
        log.tell(type, fields);
    }

    private ObjectNode place(String name, JsonNode value) {
        ObjectNode fields = JsonTrees.MAPPER.createObjectNode().put("output_index", index);
        fields.set(name, value);
        return fields;
    }

    final ObjectNode place() {
        return JsonTrees.MAPPER
                .createObjectNode()
                .put("item_id", node.path("id").asText())
                .put("output_index", index);
    }

    /** What the model says to the caller. */
    static final class Message extends ServedItem {

        private final ArrayNode content;
        private final StringBuilder text = new StringBuilder();
        private String open = "";

        Message(String id, int index, EventLog log) {
            super(id, "message", index, log);
            node.put("status", "in_progress").put("role", "assistant");
            content = node.putArray("content");
        }

        void text(String piece) {
            open("output_text");
            text.append(piece);
            ObjectNode event = placeOfPart().put("delta", piece);
            event.putArray("logprobs");
            tell("response.output_text.delta", event);
        }

        void refusal(String piece) {
            open("refusal");
            text.append(piece);
            tell("response.refusal.delta", placeOfPart().put("delta", piece));
        }

        /** A source of what is said, in the words of chats. */
        void citation(JsonNode annotation) {
            if (!annotation.path("url_citation").isObject()) {
                return;
            }
            open("output_text");
            ObjectNode told = JsonTrees.MAPPER.createObjectNode().put("type", "url_citation");
            JsonNode cited = annotation.path("url_citation");
            told.put("start_index", cited.path("start_index").asLong());
            told.put("end_index", cited.path("end_index").asLong());
            told.put("title", cited.path("title").asText());
            told.put("url", cited.path("url").asText());
            ArrayNode all = (ArrayNode) part().path("annotations");
            all.add(told);
            ObjectNode event = placeOfPart().put("annotation_index", all.size() - 1);
            event.set("annotation", told);
            tell("response.output_text.annotation.added", event);
        }

        private JsonNode part() {
            return content.path(content.size() - 1);
        }

        private ObjectNode placeOfPart() {
            return place().put("content_index", content.size() - 1);
        }

        private void open(String kind) {
            if (open.equals(kind)) {
                return;
            }
            close();
            open = kind;
            ObjectNode part = content.addObject().put("type", kind);
            if (kind.equals("output_text")) {
                part.put("text", "").putArray("annotations");
                part.putArray("logprobs");
            } else {
                part.put("refusal", "");
            }
            ObjectNode event = placeOfPart();
            event.set("part", part);
            tell("response.content_part.added", event);
        }

        private void close() {
            if (open.isEmpty()) {
                return;
            }
            boolean isText = open.equals("output_text");
            String name = isText ? "text" : "refusal";
            ObjectNode part = (ObjectNode) part();
            part.put(name, text.toString());
            ObjectNode whole = placeOfPart().put(name, text.toString());
            if (isText) {
                whole.putArray("logprobs");
            }
            tell("response." + open + ".done", whole);
            ObjectNode event = placeOfPart();
            event.set("part", part);
            tell("response.content_part.done", event);
            text.setLength(0);
            open = "";
        }

        @Override
        void complete(String status) {
            if (content.isEmpty()) {
                open("output_text");
            }
            close();
            node.put("status", status);
        }
    }

    /** What the model thought. */
    static final class Thought extends ServedItem {

        private final ArrayNode summary;
        private final ArrayNode seals = JsonTrees.MAPPER.createArrayNode();
        private final StringBuilder text = new StringBuilder();
        private final StringBuilder unsealed = new StringBuilder();
        private final boolean showsSeals;

        Thought(String id, int index, EventLog log, boolean showsSeals) {
            super(id, "reasoning", index, log);
            this.showsSeals = showsSeals;
            this.summary = node.putArray("summary");
        }

        void text(String piece) {
            if (summary.isEmpty()) {
                summary.addObject().put("type", "summary_text").put("text", "");
                tellPart("response.reasoning_summary_part.added");
            }
            text.append(piece);
            tell("response.reasoning_summary_text.delta", placeOfPart().put("delta", piece));
        }

        /** A piece of what was thought, told again for its seal, which comes last. */
        void seal(JsonNode piece) {
            if (!showsSeals) {
                return;
            }
            if (!piece.path("type").asText().equals("thinking")) {
                seals.add(piece);
                return;
            }
            unsealed.append(piece.path("thinking").asText(""));
            if (piece.hasNonNull("signature")) {
                seals.addObject()
                        .put("type", "thinking")
                        .put("thinking", unsealed.toString())
                        .set("signature", piece.get("signature"));
                unsealed.setLength(0);
            }
        }

        private ObjectNode placeOfPart() {
            return place().put("summary_index", 0);
        }

        private void tellPart(String type) {
            ObjectNode event = placeOfPart();
            event.set("part", summary.path(0));
            tell(type, event);
        }

        @Override
        void complete(String status) {
            if (!summary.isEmpty()) {
                String whole = text.toString();
                ((ObjectNode) summary.path(0)).put("text", whole);
                tell("response.reasoning_summary_text.done", placeOfPart().put("text", whole));
                tellPart("response.reasoning_summary_part.done");
            }
            if (!seals.isEmpty()) {
                node.put("encrypted_content", SealedThoughts.write(seals));
            }
            node.put("status", status);
        }
    }

    /** A function that the model wants to be called. */
    static final class Call extends ServedItem {

        private final StringBuilder arguments = new StringBuilder();

        Call(String id, int index, EventLog log, String callId, String name) {
            super(id, "function_call", index, log);
            node.put("status", "in_progress").put("arguments", "");
            node.put("call_id", callId).put("name", name);
        }

        void name(String name) {
            if (node.path("name").asText().isEmpty()) {
                node.put("name", name);
            }
        }

        void arguments(String piece) {
            arguments.append(piece);
            tell("response.function_call_arguments.delta", place().put("delta", piece));
        }

        @Override
        void complete(String status) {
            node.put("arguments", arguments.toString()).put("status", status);
            ObjectNode event = place().put("arguments", arguments.toString());
            event.set("name", node.get("name"));
            tell("response.function_call_arguments.done", event);
        }
    }
}

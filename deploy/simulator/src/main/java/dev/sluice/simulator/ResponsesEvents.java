package dev.sluice.simulator;

import com.fasterxml.jackson.core.JsonGenerator;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Tells an answer in the events of OpenAI's Responses API, numbered from 0. */
final class ResponsesEvents implements EventWriter {

    private final Answer answer;
    private final boolean showUsage;
    private final Sse events = new Sse();
    private @Nullable Segment open;
    private int number;

    ResponsesEvents(Answer answer, boolean showUsage) {
        this.answer = answer;
        this.showUsage = showUsage;
    }

    private void event(String type, AnswerWriter.Body fields) throws IOException {
        int sequence = number++;
        events.event(
                type,
                json -> {
                    json.writeStartObject();
                    json.writeStringField("type", type);
                    json.writeNumberField("sequence_number", sequence);
                    fields.write(json);
                    json.writeEndObject();
                });
    }

    @Override
    public byte[] opening(int choice, Usage prompt) throws IOException {
        event("response.created", json -> ResponsesWire.snapshot(json, answer, null, null));
        event("response.in_progress", json -> ResponsesWire.snapshot(json, answer, null, null));
        return events.take();
    }

    @Override
    public byte[] piece(int choice, Segment segment, String words) throws IOException {
        if (open == null || open.ordinal() != segment.ordinal()) {
            close("completed");
            open(segment);
        }
        event(
                stem(segment) + ".delta",
                json -> {
                    place(json, segment);
                    json.writeStringField("delta", words);
                });
        return events.take();
    }

    private static String stem(Segment segment) {
        return switch (segment.kind()) {
            case TEXT -> "response.output_text";
            case THOUGHT -> "response.reasoning_summary_text";
            case CALL -> "response.function_call_arguments";
        };
    }

    private static String partStem(Segment segment) {
        return segment.kind() == Segment.Kind.TEXT
                ? "response.content_part"
                : "response.reasoning_summary_part";
    }

    private void place(JsonGenerator json, Segment segment) throws IOException {
        json.writeStringField("item_id", ResponsesWire.itemId(answer, segment));
        json.writeNumberField("output_index", segment.ordinal());
        switch (segment.kind()) {
            case TEXT -> json.writeNumberField("content_index", 0);
            case THOUGHT -> json.writeNumberField("summary_index", 0);
            case CALL -> {}
        }
    }

    private void open(Segment segment) throws IOException {
        open = segment;
        event("response.output_item.added", json -> item(json, segment, "in_progress"));
        if (segment.kind() != Segment.Kind.CALL) {
            event(
                    partStem(segment) + ".added",
                    json -> {
                        place(json, segment);
                        json.writeFieldName("part");
                        ResponsesWire.part(json, segment, "");
                    });
        }
    }

    private void item(JsonGenerator json, Segment segment, String status) throws IOException {
        json.writeNumberField("output_index", segment.ordinal());
        json.writeFieldName("item");
        ResponsesWire.item(json, answer, segment, status);
    }

    private void close(String status) throws IOException {
        Segment segment = open;
        if (segment == null) {
            return;
        }
        String words = segment.said().text();
        event(
                stem(segment) + ".done",
                json -> {
                    place(json, segment);
                    json.writeStringField(
                            segment.kind() == Segment.Kind.CALL ? "arguments" : "text", words);
                });
        if (segment.kind() != Segment.Kind.CALL) {
            event(
                    partStem(segment) + ".done",
                    json -> {
                        place(json, segment);
                        json.writeFieldName("part");
                        ResponsesWire.part(json, segment, words);
                    });
        }
        event("response.output_item.done", json -> item(json, segment, status));
    }

    @Override
    public List<byte[]> ending(List<Turn> turns, Usage usage) throws IOException {
        Turn turn = turns.getFirst();
        boolean cut = turn.finishReason().equals("length");
        List<byte[]> ending = new ArrayList<>();
        close(cut ? "incomplete" : "completed");
        ending.add(events.take());
        event(
                cut ? "response.incomplete" : "response.completed",
                json -> ResponsesWire.snapshot(json, answer, turn, showUsage ? usage : null));
        ending.add(events.take());
        return ending;
    }

    @Override
    public byte[] broken() throws IOException {
        event("response.output_text.delta", json -> json.writeStringField("delta", ""));
        return Sse.broken(events.take());
    }
}

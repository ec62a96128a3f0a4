package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/** Server-sent events read slowly and plainly, from the whole stream at once, by the standard. */
final class PlainEvents {

    private static final String BYTE_ORDER_MARK = "\u00EF\u00BB\u00BF";

    /**
     * One event.
     *
     * @param name of the last {@code event} field, as Latin-1
     * @param data its data as Latin-1, null without any
     * @param whole whether a blank line ended it
     */
    record Event(String name, @Nullable String data, boolean whole) {

        boolean isDone() {
            return data != null && data.replaceAll(" +$", "").equals("[DONE]");
        }

        byte @Nullable [] bytes() {
            return data == null ? null : data.getBytes(ISO_8859_1);
        }
    }

    /** What a stream comes to, from a full reading of every event. */
    static final class Facts {

        boolean done;
        boolean content;
        @Nullable Usage usage;

        /** Reads one more event, as far as a stream's reader must. */
        ResponseFacts add(Event event) {
            byte[] bytes = event.bytes();
            done |= event.isDone();
            if (bytes == null || event.isDone()) {
                return ResponseFacts.of(new byte[0], 0);
            }
            ResponseFacts read = ResponseFacts.of(bytes, bytes.length);
            content |= read.hasContent();
            usage = read.usage() == null ? usage : read.usage();
            return read;
        }
    }

    private PlainEvents() {}

    /** All events, those without data too; the last one may not be whole. */
    static List<Event> of(byte[] stream) {
        String text = new String(stream, ISO_8859_1);
        // A last line without its end is a line, but it cannot be the blank one.
        String[] lines = text.split("\r\n|\r|\n", -1);
        List<Event> events = new ArrayList<>();
        List<String> present = new ArrayList<>();
        for (int i = 0; i < lines.length; i++) {
            boolean ended = i < lines.length - 1;
            if (!lines[i].isEmpty()) {
                boolean marked = i == 0 && lines[i].startsWith(BYTE_ORDER_MARK);
                present.add(marked ? lines[i].substring(BYTE_ORDER_MARK.length()) : lines[i]);
            } else if (ended && !present.isEmpty()) {
                events.add(event(present, true));
                present.clear();
            }
        }
        if (!present.isEmpty()) {
            events.add(event(present, false));
        }
        return events;
    }

    private static Event event(List<String> lines, boolean whole) {
        String name = "";
        String data = null;
        for (String line : lines) {
            int colon = line.indexOf(':');
            String field = colon < 0 ? line : line.substring(0, colon);
            String value = colon < 0 ? "" : line.substring(colon + 1).replaceFirst("^ ", "");
            if (field.equals("data")) {
                data = data == null ? value : data + "\n" + value;
            } else if (field.equals("event")) {
                name = value;
            }
        }
        return new Event(name, data, whole);
    }

    /** Those with data as text; a last one without its blank line is taken too. */
    static List<EventStream.Event> decoded(List<Event> events) {
        List<EventStream.Event> decoded = new ArrayList<>();
        for (Event event : events) {
            if (event.data() != null) {
                decoded.add(new EventStream.Event(text(event.name()), lines(event.data())));
            }
        }
        return decoded;
    }

    /** Line by line: broken UTF-8 before a line's end does not reach into the next line. */
    private static String lines(String data) {
        List<String> lines = new ArrayList<>();
        for (String line : data.split("\n", -1)) {
            lines.add(text(line));
        }
        return String.join("\n", lines);
    }

    private static String text(String latin) {
        return new String(latin.getBytes(ISO_8859_1), UTF_8);
    }
}

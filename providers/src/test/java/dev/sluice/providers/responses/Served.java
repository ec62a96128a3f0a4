package dev.sluice.providers.responses;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.EventStream;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.SseEvent;
import dev.sluice.providers.openai.SseReader;
import dev.sluice.providers.openai.UnsupportedRequestException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** What callers of Responses send and get. */
final class Served {

    private static final long NOW = 1_700_000_000;

    private Served() {}

    static ObjectNode tree(String json) {
        try {
            return (ObjectNode) JsonTrees.MAPPER.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ObjectNode chat(ObjectNode asked) throws UnsupportedRequestException {
        return ServedRequest.read(asked, false, "fallback", NOW).chat();
    }

    static ObjectNode chatOfClaude(ObjectNode asked) throws UnsupportedRequestException {
        return ServedRequest.read(asked, true, "fallback", NOW).chat();
    }

    static ResponseFrame frame(String asked) {
        return ResponseFrame.of(tree(asked), "fallback", NOW);
    }

    static ObjectNode plain(JsonNode completion, ResponseFrame frame) {
        return tree(
                new String(
                        ServedAnswer.response(JsonTrees.bytes(completion), frame).orElseThrow(),
                        UTF_8));
    }

    /** A chat's stream that comes byte by byte, told event by event as the gateway does it. */
    static List<ObjectNode> streamed(String sse, ResponseFrame frame) {
        var out = new ByteArrayOutputStream();
        var source = new ByteArrayInputStream(sse.getBytes(UTF_8));
        var reader = new SseReader((into, at, _) -> source.read(into, at, 1), 1 << 20);
        try (var served = new ServedOutput(out, frame)) {
            while (reader.next() == SseReader.Step.EVENT) {
                SseEvent event = reader.event();
                served.write(event.array(), event.offset(), event.length());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return events(out.toByteArray());
    }

    static List<ObjectNode> events(byte[] sse) {
        var stream = new EventStream(new ByteArrayInputStream(sse)::read, 16 << 20);
        List<ObjectNode> events = new ArrayList<>();
        try {
            EventStream.Event event = stream.next();
            while (event != null) {
                ObjectNode data = tree(event.data());
                if (!event.name().equals(data.path("type").asText())) {
                    throw new AssertionError("named otherwise: " + event);
                }
                events.add(data);
                event = stream.next();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return events;
    }
}

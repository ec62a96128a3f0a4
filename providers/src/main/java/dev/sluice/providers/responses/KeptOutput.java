package dev.sluice.providers.responses;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.EventStream;
import dev.sluice.providers.openai.JsonTrees;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.UnaryOperator;

/**
 * A provider's own events to a caller: only those that name the response are written anew, with his
 * name for it. Each write is one event, whole. An error of the gateway's own is told as Responses
 * tell errors.
 */
public final class KeptOutput extends OutputStream {

    private static final int EVENT_BYTES_MAX = 16 << 20;

    private final OutputStream out;
    private final UnaryOperator<String> names;
    private long events;

    /**
     * Writes to a caller.
     *
     * @param names his name for what the provider calls by another
     */
    public KeptOutput(OutputStream out, UnaryOperator<String> names) {
        this.out = out;
        this.names = names;
    }

    @Override
    public void write(int value) throws IOException {
        throw new IOException("an event is written whole");
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        var source = new ByteArrayInputStream(bytes, offset, length);
        EventStream.Event event = new EventStream(source::read, EVENT_BYTES_MAX).next();
        ObjectNode told = event == null ? null : toldAnew(event.data());
        if (told == null) {
            out.write(bytes, offset, length);
        } else {
            String name = told.path("type").asText();
            out.write(("event: " + name + "\ndata: ").getBytes(UTF_8));
            out.write(JsonTrees.bytes(told));
            out.write(new byte[] {'\n', '\n'});
        }
        events += event == null ? 0 : 1;
    }

    /** Null for what passes as it came. */
    private @Nullable ObjectNode toldAnew(String data) {
        if (!data.contains("\"response\"") && !data.contains("\"error\"")) {
            return null;
        }
        byte[] bytes = data.getBytes(UTF_8);
        ObjectNode tree = JsonTrees.object(bytes, 0, bytes.length).orElse(null);
        if (tree != null && tree.path("response") instanceof ObjectNode response) {
            KeptResponse.rename(response, names);
            return tree;
        }
        return tree != null && !tree.has("type") && tree.path("error").isObject()
                ? error(tree.path("error"))
                : null;
    }

    private ObjectNode error(JsonNode error) {
        ObjectNode told = JsonTrees.MAPPER.createObjectNode().put("type", "error");
        told.put("sequence_number", events);
        for (String name : new String[] {"code", "message", "param"}) {
            told.set(name, error.path(name).isTextual() ? error.get(name) : null);
        }
        return told;
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}

package dev.sluice.providers.responses;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;

import java.io.ByteArrayOutputStream;

/** Writes events as OpenAI's Responses do: named, typed and numbered. */
final class EventLog {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    private final boolean isHeard;
    private long number;

    /** A log; where nobody listens nothing is written. */
    EventLog(boolean isHeard) {
        this.isHeard = isHeard;
    }

    void tell(String type, ObjectNode fields) {
        if (!isHeard) {
            return;
        }
        ObjectNode event = JsonTrees.MAPPER.createObjectNode().put("type", type);
        event.put("sequence_number", number++);
        event.setAll(fields);
        out.writeBytes(("event: " + type + "\ndata: ").getBytes(UTF_8));
        out.writeBytes(JsonTrees.bytes(event));
        out.writeBytes(new byte[] {'\n', '\n'});
    }

    /** What was told since the last time. */
    byte[] take() {
        byte[] told = out.toByteArray();
        out.reset();
        return told;
    }
}

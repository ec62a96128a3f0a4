package dev.sluice.providers.messages;

import dev.sluice.providers.openai.EventStream;
import dev.sluice.providers.openai.JsonTrees;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Anthropic's events to a caller, made of OpenAI's as they are written: each write is one event or
 * several, whole. What comes after the end of the answer is left out.
 */
public final class ServedOutput extends OutputStream {

    private static final int EVENT_BYTES_MAX = 4 << 20;

    private final OutputStream out;
    private final ServedEvents served = new ServedEvents();

    /** Writes to a caller. */
    public ServedOutput(OutputStream out) {
        this.out = out;
    }

    @Override
    public void write(int value) throws IOException {
        throw new IOException("an event is written whole");
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        var events =
                new EventStream(
                        new ByteArrayInputStream(bytes, offset, length)::read, EVENT_BYTES_MAX);
        EventStream.Event event = events.next();
        while (event != null && !served.hasEnded()) {
            if (!served.take(event.data())) {
                served.fail(JsonTrees.MAPPER.createObjectNode());
            }
            event = events.next();
        }
        out.write(served.told());
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        served.end();
        out.write(served.told());
        out.close();
    }
}

package dev.sluice.providers.responses;

import dev.sluice.providers.openai.EventStream;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * The events of a response to a caller, made of a chat's as they are written: each write is one
 * event or several, whole. What comes after the end of the answer is left out.
 */
public final class ServedOutput extends OutputStream {

    private static final int EVENT_BYTES_MAX = 4 << 20;

    private final OutputStream out;
    private final EventLog log = new EventLog(/* isHeard= */ true);
    private final ServedEvents served;

    /** Writes to a caller the response that follows a frame. */
    public ServedOutput(OutputStream out, ResponseFrame frame) {
        this.out = out;
        this.served = new ServedEvents(frame, log);
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
            served.takeEvent(event.data());
            event = events.next();
        }
        out.write(log.take());
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        served.end();
        out.write(log.take());
        out.close();
    }
}

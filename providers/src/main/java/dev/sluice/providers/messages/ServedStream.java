package dev.sluice.providers.messages;

import dev.sluice.providers.openai.ByteSource;
import dev.sluice.providers.openai.EventStream;
import dev.sluice.providers.openai.JsonTrees;

import java.io.EOFException;
import java.io.IOException;

/**
 * Anthropic's events, made of OpenAI's stream as they are asked for. Holds one event at a time. A
 * stream that ends too soon throws {@link EOFException}; one that reports an error ends with it.
 */
public final class ServedStream implements ByteSource {

    private static final int EVENT_BYTES_MAX = 4 << 20;

    private final EventStream events;
    private final ServedEvents served = new ServedEvents();
    private byte[] ready = {};
    private int taken;

    /** The events of an OpenAI stream with usage. */
    public ServedStream(ByteSource openAi) {
        this.events = new EventStream(openAi, EVENT_BYTES_MAX);
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        while (taken == ready.length) {
            if (served.hasEnded()) {
                return -1;
            }
            advance();
            ready = served.told();
            taken = 0;
        }
        int count = Math.min(length, ready.length - taken);
        System.arraycopy(ready, taken, into, offset, count);
        taken += count;
        return count;
    }

    private void advance() throws IOException {
        EventStream.Event event = events.next();
        if (event == null) {
            throw new EOFException("the stream ended before the answer did");
        }
        if (!served.take(event.data())) {
            if (events.next() == null) {
                throw new EOFException("the stream ended within an event");
            }
            served.fail(JsonTrees.MAPPER.createObjectNode());
        }
    }
}

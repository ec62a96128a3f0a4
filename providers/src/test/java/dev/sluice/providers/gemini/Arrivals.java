package dev.sluice.providers.gemini;

import dev.sluice.providers.openai.ByteSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** Streams that arrive in pieces. */
final class Arrivals {

    private Arrivals() {}

    /** At most so many bytes at a time. */
    static ByteSource pieces(byte[] bytes, int length, int size) {
        var in = new ByteArrayInputStream(bytes, 0, length);
        return (into, offset, room) -> in.read(into, offset, Math.min(size, room));
    }

    static byte[] readAll(ByteSource source) throws IOException {
        var out = new ByteArrayOutputStream();
        byte[] some = new byte[4096];
        int count = source.read(some, 0, some.length);
        while (count >= 0) {
            out.write(some, 0, count);
            count = source.read(some, 0, some.length);
        }
        return out.toByteArray();
    }
}

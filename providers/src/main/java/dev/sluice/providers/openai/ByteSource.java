package dev.sluice.providers.openai;

import java.io.IOException;

/** Where the bytes of a streamed answer come from. */
@FunctionalInterface
public interface ByteSource {

    /**
     * Waits for bytes, and writes at least one and at most {@code length} of them.
     *
     * @return how many, or -1 at the end of the stream
     * @throws IOException if the stream broke off
     */
    int read(byte[] into, int offset, int length) throws IOException;
}

package dev.sluice.ingress.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;

import java.util.function.Supplier;

/**
 * Reads a connection. The server reads a chunk of a body as a whole, however long its sender says
 * that it is: here it is refused instead, before anything of it is kept.
 */
final class BoundedReader extends DataReader {

    private final long largest;

    /**
     * A reader.
     *
     * @param largest bytes of one chunk at most
     */
    @SuppressWarnings("removal") // the server offers no other way to bound a chunk
    BoundedReader(Supplier<byte[]> source, long largest) {
        super(source);
        this.largest = largest;
    }

    @Override
    public BufferData readBuffer(int length) {
        if (length > largest) {
            throw new ChunkTooLargeException();
        }
        return super.readBuffer(length);
    }

    /** A chunk that no request may have. */
    static final class ChunkTooLargeException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        ChunkTooLargeException() {
            super("a chunk is too large", null, false, false);
        }
    }
}

package dev.sluice.providers.transport;

import java.io.IOException;

/** Takes the framing off a body. Not safe for use by several threads. */
sealed interface BodyDecoder permits LengthDecoder, ChunkedDecoder, CloseDecoder {

    /** The decoder for a framing. */
    static BodyDecoder of(Framing framing, Connection connection, int maxTrailerBytes) {
        if (framing.length() == Framing.CHUNKED) {
            return new ChunkedDecoder(connection, maxTrailerBytes);
        }
        return framing.length() == Framing.UNTIL_CLOSE
                ? new CloseDecoder(connection)
                : new LengthDecoder(connection, framing.length());
    }

    /**
     * Reads what is there; waits only when nothing is.
     *
     * @param length at least 1
     * @param idleNanos how long to wait for each next byte
     * @return bytes read, at least 1, or -1 at the end
     * @throws UpstreamException for a body that is cut or malformed
     * @throws IOException as the socket threw it
     */
    int read(byte[] into, int offset, int length, long idleNanos) throws IOException;

    /** Whether the end of the body was seen. */
    boolean ended();

    /** Skips what is buffered; true if that reached the end. Never waits. */
    boolean skipBuffered();
}

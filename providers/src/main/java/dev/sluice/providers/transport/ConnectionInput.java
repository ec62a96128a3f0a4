package dev.sluice.providers.transport;

import java.io.IOException;
import java.util.Arrays;

/**
 * The bytes that came on a connection and were not consumed yet.
 *
 * <p>While a request is being written nothing is here, so that its buffer serves for writing too.
 */
final class ConnectionInput {

    static final int BYTES = 16 * 1024;

    private final Connection connection;
    private byte[] bytes = new byte[BYTES];
    private int position;
    private int limit;

    ConnectionInput(Connection connection) {
        this.connection = connection;
    }

    /** The array itself, to be written to while nothing is buffered. */
    byte[] idleArray() {
        if (buffered() > 0) {
            throw new IllegalStateException("the buffer holds input");
        }
        return bytes;
    }

    int buffered() {
        return limit - position;
    }

    /** The byte that many places after the first unread one. */
    byte at(int index) {
        return bytes[position + index];
    }

    void skip(int count) {
        position += count;
    }

    /** Where the next line feed is, counted from the first unread byte, or -1. */
    int lineFeed(int from) {
        for (int i = position + from; i < limit; i++) {
            if (bytes[i] == '\n') {
                return i - position;
            }
        }
        return -1;
    }

    /** A copy of the next bytes, which are consumed. */
    byte[] take(int count) {
        byte[] taken = Arrays.copyOfRange(bytes, position, position + count);
        position += count;
        return taken;
    }

    /** Copies and consumes at most {@code length} of the buffered bytes. */
    int take(byte[] into, int offset, int length) {
        int count = Math.min(length, buffered());
        System.arraycopy(bytes, position, into, offset, count);
        position += count;
        return count;
    }

    /**
     * Waits for more bytes behind those that are buffered. Grows when they fill the buffer: whoever
     * calls bounds that.
     *
     * @return how many came, -1 at the end
     */
    int fill(long deadline) throws IOException {
        makeRoom();
        int count = connection.receive(bytes, limit, bytes.length - limit, deadline);
        if (count > 0) {
            limit += count;
        }
        return count;
    }

    private void makeRoom() {
        if (position == limit) {
            position = 0;
            limit = 0;
        } else if (limit == bytes.length) {
            byte[] roomy = position > 0 ? bytes : new byte[bytes.length * 2];
            System.arraycopy(bytes, position, roomy, 0, buffered());
            limit -= position;
            position = 0;
            bytes = roomy;
        }
    }

    /** Back to the usual size, when nothing is buffered. */
    void reset() {
        position = 0;
        limit = 0;
        if (bytes.length > BYTES) {
            bytes = new byte[BYTES];
        }
    }
}

package dev.sluice.providers.transport;

import java.io.IOException;

/** A body that ends with the connection. Whether it was cut cannot be known. */
final class CloseDecoder implements BodyDecoder {

    private final Connection connection;
    private final ConnectionInput input;
    private boolean ended;

    CloseDecoder(Connection connection) {
        this.connection = connection;
        this.input = connection.input();
    }

    @Override
    public int read(byte[] into, int offset, int length, long idleNanos) throws IOException {
        if (input.buffered() > 0) {
            return input.take(into, offset, length);
        }
        int count =
                ended ? -1 : connection.receive(into, offset, length, Monotonic.now() + idleNanos);
        ended = count < 0;
        return count;
    }

    @Override
    public boolean ended() {
        return ended;
    }

    @Override
    public boolean skipBuffered() {
        return ended;
    }
}

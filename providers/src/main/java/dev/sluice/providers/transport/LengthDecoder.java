package dev.sluice.providers.transport;

import java.io.IOException;

/** A body whose length was stated. */
final class LengthDecoder implements BodyDecoder {

    private final Connection connection;
    private final ConnectionInput input;
    private long remaining;

    LengthDecoder(Connection connection, long length) {
        this.connection = connection;
        this.input = connection.input();
        this.remaining = length;
    }

    @Override
    public int read(byte[] into, int offset, int length, long idleNanos) throws IOException {
        if (remaining == 0) {
            return -1;
        }
        int wanted = (int) Math.min(length, remaining);
        int count;
        if (input.buffered() > 0) {
            count = input.take(into, offset, wanted);
        } else if (wanted >= ConnectionInput.BYTES && wanted < remaining) {
            // The last bytes always pass the buffer: what came behind them would show there.
            count = connection.receive(into, offset, wanted, Monotonic.now() + idleNanos);
        } else {
            count =
                    input.fill(Monotonic.now() + idleNanos) < 0
                            ? -1
                            : input.take(into, offset, wanted);
        }
        if (count < 0) {
            throw new TruncatedBodyException("the body ended " + remaining + " bytes early");
        }
        remaining -= count;
        return count;
    }

    @Override
    public boolean ended() {
        return remaining == 0;
    }

    @Override
    public boolean skipBuffered() {
        int count = (int) Math.min(remaining, input.buffered());
        input.skip(count);
        remaining -= count;
        return remaining == 0;
    }
}

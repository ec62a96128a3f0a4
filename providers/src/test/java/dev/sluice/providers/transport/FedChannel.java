package dev.sluice.providers.transport;

import dev.sluice.providers.fuzz.Arrival;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;

/** A connection without a network: it gives what it was fed, and takes whatever is sent. */
final class FedChannel extends SocketChannel {

    private final Arrival arrival;
    private final boolean breaks;

    /**
     * A connection that gives these bytes.
     *
     * @param breaks whether it breaks after the bytes, rather than ends
     */
    FedChannel(Arrival arrival, boolean breaks) {
        super(SelectorProvider.provider());
        this.arrival = arrival;
        this.breaks = breaks;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        int count =
                arrival.read(
                        into.array(),
                        into.arrayOffset() + into.position(),
                        Math.max(into.remaining(), 0));
        if (count < 0 && breaks) {
            throw new IOException("Connection reset");
        }
        into.position(into.position() + Math.max(count, 0));
        return count;
    }

    @Override
    public int write(ByteBuffer from) {
        int count = from.remaining();
        from.position(from.limit());
        return count;
    }

    @Override
    public long read(ByteBuffer[] into, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public SocketChannel bind(SocketAddress local) {
        throw new UnsupportedOperationException();
    }

    @Override
    public <T> SocketChannel setOption(SocketOption<T> name, T value) {
        throw new UnsupportedOperationException();
    }

    @Override
    public <T> T getOption(SocketOption<T> name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return Set.of();
    }

    @Override
    public SocketChannel shutdownInput() {
        throw new UnsupportedOperationException();
    }

    @Override
    public SocketChannel shutdownOutput() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Socket socket() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isConnected() {
        return true;
    }

    @Override
    public boolean isConnectionPending() {
        return false;
    }

    @Override
    public boolean connect(SocketAddress remote) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean finishConnect() {
        return true;
    }

    @Override
    public SocketAddress getRemoteAddress() {
        throw new UnsupportedOperationException();
    }

    @Override
    public SocketAddress getLocalAddress() {
        throw new UnsupportedOperationException();
    }

    @Override
    protected void implCloseSelectableChannel() {}

    @Override
    protected void implConfigureBlocking(boolean block) {}
}

package dev.sluice.ingress.limits;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A wire to Redis that can be cut, swallow everything, and be mended. */
final class Wire implements AutoCloseable {

    private enum State {
        WHOLE,
        CUT,
        SWALLOWING
    }

    private final URI target;
    private final ServerSocket entrance;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile State state = State.WHOLE;

    Wire(URI target) {
        this.target = target;
        try {
            this.entrance = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    URI uri() {
        return URI.create("redis://127.0.0.1:" + entrance.getLocalPort());
    }

    /** As if the server were gone. */
    void cut() {
        state = State.CUT;
        sockets.forEach(Wire::drop);
    }

    /** As if the server hung: what is said is never answered. */
    void swallow() {
        state = State.SWALLOWING;
    }

    /** What was swallowed is lost, new connections are good. */
    void mend() {
        sockets.forEach(Wire::drop);
        state = State.WHOLE;
    }

    @Override
    public void close() throws IOException {
        cut();
        entrance.close();
    }

    private void accept() {
        try {
            while (true) {
                Socket caller = entrance.accept();
                if (state == State.CUT) {
                    drop(caller);
                    continue;
                }
                Socket server = new Socket(target.getHost(), target.getPort());
                caller.setTcpNoDelay(true);
                server.setTcpNoDelay(true);
                sockets.add(caller);
                sockets.add(server);
                Thread.ofVirtual().start(() -> copy(caller, server));
                Thread.ofVirtual().start(() -> copy(server, caller));
            }
        } catch (IOException _) {
            sockets.forEach(Wire::drop);
        }
    }

    private void copy(Socket from, Socket to) {
        byte[] buffer = new byte[1 << 16];
        try {
            int read = from.getInputStream().read(buffer);
            while (read >= 0) {
                if (state == State.WHOLE) {
                    to.getOutputStream().write(buffer, 0, read);
                }
                read = from.getInputStream().read(buffer);
            }
        } catch (IOException _) {
            // cut
        } finally {
            drop(from);
            drop(to);
            sockets.remove(from);
            sockets.remove(to);
        }
    }

    private static void drop(Socket socket) {
        try {
            socket.close();
        } catch (IOException _) {
            // it is closed, which is what was wanted
        }
    }
}

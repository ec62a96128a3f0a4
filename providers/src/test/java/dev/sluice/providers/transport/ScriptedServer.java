package dev.sluice.providers.transport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server that does with each connection what its test says; closes those whose script has ended.
 */
final class ScriptedServer implements AutoCloseable {

    /** What to do with one connection. */
    @FunctionalInterface
    interface Script {
        void run(Peer peer) throws IOException;
    }

    private final ServerSocket listener;
    private final Script script;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();

    private ScriptedServer(ServerSocket listener, Script script) {
        this.listener = listener;
        this.script = script;
        Thread.ofVirtual().start(this::accept);
    }

    static ScriptedServer on(Script script) {
        try {
            return on(new ServerSocket(0, 128, InetAddress.ofLiteral("127.0.0.1")), script);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ScriptedServer on(ServerSocket listener, Script script) {
        return new ScriptedServer(listener, script);
    }

    /** Sends the same bytes for each request of a connection, for as long as the client stays. */
    static ScriptedServer answering(String answer) {
        return on(peer -> {
            while (peer.request() != null) {
                peer.send(answer);
            }
        });
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                socket.setTcpNoDelay(true);
                sockets.add(socket);
                int number = accepted.incrementAndGet();
                Thread.ofVirtual().start(() -> serve(socket, number));
            } catch (IOException _) {
                return;
            }
        }
    }

    private void serve(Socket socket, int number) {
        try (socket) {
            script.run(new Peer(socket, number));
        } catch (IOException _) {
            // The client left, which is what many tests are about.
        } finally {
            sockets.remove(socket);
        }
    }

    int port() {
        return listener.getLocalPort();
    }

    /** Connections so far. */
    int accepted() {
        return accepted.get();
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

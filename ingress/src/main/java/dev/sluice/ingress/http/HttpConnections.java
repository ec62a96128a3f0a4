package dev.sluice.ingress.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sluice.ingress.errors.ApiError;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.common.task.InterruptableTask;
import io.helidon.http.Headers;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import io.helidon.webserver.ServerConnectionException;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionListener;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;

/**
 * Takes every connection before the server's HTTP/1.1 does, for two things that it leaves out: the
 * head of a request must arrive in time, and what is no HTTP/1.1 gets an answer before it is
 * closed.
 */
final class HttpConnections implements ServerConnectionSelector {

    private static final byte[] NOT_HTTP =
            answer(
                    "400 Bad Request",
                    ApiError.invalidRequest("The request is not HTTP/1.1.", null));

    private final Http1ConnectionSelector http1;
    private final HeadWatch heads;
    private final long largestChunk;

    /**
     * @param largestChunk bytes of one chunk of a body at most
     */
    HttpConnections(Http1Config.Builder config, HeadWatch heads, long largestChunk) {
        this.heads = heads;
        this.largestChunk = largestChunk;
        this.http1 =
                Http1ConnectionSelector.builder()
                        .config(config.addReceiveListener(new HeadListener()).build())
                        .build();
    }

    /** A whole answer for a connection that is closed after it. */
    static byte[] answer(String status, ApiError error) {
        byte[] body = error.body();
        String head =
                """
                HTTP/1.1 %s
                Content-Type: application/json
                Connection: close
                Content-Length: %d

                """
                        .formatted(status, body.length)
                        .replace("\n", "\r\n");
        var answer = new ByteArrayOutputStream();
        answer.writeBytes(head.getBytes(US_ASCII));
        answer.writeBytes(body);
        return answer.toByteArray();
    }

    @Override
    public int bytesToIdentifyConnection() {
        return 0;
    }

    @Override
    public Support supports(BufferData request) {
        return Support.SUPPORTED;
    }

    @Override
    public Set<String> supportedApplicationProtocols() {
        return Set.of("http/1.1");
    }

    @Override
    public ServerConnection connection(ConnectionContext context) {
        return new Connection(context);
    }

    /** Only a whole line that does not end in our protocol is foreign; less may still become it. */
    private static boolean isForeign(BufferData first) {
        int end = first.indexOf((byte) '\n');
        return end >= 0 && !first.readString(end).endsWith("HTTP/1.1\r");
    }

    private final class Connection implements ServerConnection, InterruptableTask<Void> {

        private final ConnectionContext context;
        private volatile @Nullable ServerConnection served;

        Connection(ConnectionContext context) {
            this.context = context;
        }

        @Override
        public void handle(Limit limit) throws InterruptedException {
            heads.whileServing(context, head -> serve(head, limit));
        }

        private void serve(HeadWatch.Head head, Limit limit) throws InterruptedException {
            var reader = new BoundedReader(() -> read(head), largestChunk);
            try {
                reader.ensureAvailable();
            } catch (DataReader.InsufficientDataAvailableException e) {
                throw new CloseConnectionException("closed before a request", e);
            }
            if (isForeign(reader.getBuffer(reader.available()))) {
                context.dataWriter().writeNow(BufferData.create(NOT_HTTP));
                throw new CloseConnectionException("not HTTP/1.1");
            }
            ServerConnection connection =
                    http1.connection(new WatchedContext(context, reader, head));
            served = connection;
            connection.handle(limit);
        }

        private byte @Nullable [] read(HeadWatch.Head head) {
            try {
                byte[] bytes = context.serverSocket().get();
                head.bytesArrived();
                return bytes;
            } catch (UncheckedIOException e) {
                throw new ServerConnectionException("the connection cannot be read", e);
            }
        }

        @Override
        public boolean canInterrupt() {
            ServerConnection connection = served;
            return connection == null
                    || (connection instanceof InterruptableTask<?> task && task.canInterrupt());
        }

        @Override
        public Void call() {
            throw new UnsupportedOperationException("a connection is handled, not called");
        }

        @Override
        public Duration idleTime() {
            ServerConnection connection = served;
            return connection == null ? Duration.ZERO : connection.idleTime();
        }

        @Override
        public void close(boolean interrupt) {
            ServerConnection connection = served;
            if (connection == null) {
                context.serverSocket().close();
            } else {
                connection.close(interrupt);
            }
        }
    }

    /** Hears that the head of a request is complete. */
    private static final class HeadListener implements Http1ConnectionListener {
        @Override
        public void headers(ConnectionContext context, Headers headers) {
            if (context instanceof WatchedContext watched) {
                watched.head.complete();
            }
        }
    }

    /** The connection as it is, but for the reader. */
    private record WatchedContext(
            ConnectionContext whole, DataReader dataReader, HeadWatch.Head head)
            implements ConnectionContext {

        @Override
        public ListenerContext listenerContext() {
            return whole.listenerContext();
        }

        @Override
        public ExecutorService executor() {
            return whole.executor();
        }

        @Override
        public DataWriter dataWriter() {
            return whole.dataWriter();
        }

        @Override
        public Router router() {
            return whole.router();
        }

        @Override
        public Optional<ProxyProtocolData> proxyProtocolData() {
            return whole.proxyProtocolData();
        }

        @Override
        public HelidonSocket serverSocket() {
            return whole.serverSocket();
        }

        @Override
        public PeerInfo remotePeer() {
            return whole.remotePeer();
        }

        @Override
        public PeerInfo localPeer() {
            return whole.localPeer();
        }

        @Override
        public boolean isSecure() {
            return whole.isSecure();
        }

        @Override
        public String socketId() {
            return whole.socketId();
        }

        @Override
        public String childSocketId() {
            return whole.childSocketId();
        }
    }
}

package dev.sluice.providers.transport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import jdk.net.ExtendedSocketOptions;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** Opens connections: name, socket, the proxy's consent, TLS; all of it within one deadline. */
final class Connector {

    /** A name with more addresses than this is a cluster; one of the first will do. */
    private static final int MAX_ADDRESSES = 4;

    /** For an address that is not the last to be tried: the first packet may be lost once. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** A peer that vanished without a word is noticed after 45 + 3 * 15 seconds. */
    private static final Map<SocketOption<Integer>, Integer> PROBES =
            Map.of(
                    ExtendedSocketOptions.TCP_KEEPIDLE, 45,
                    ExtendedSocketOptions.TCP_KEEPINTERVAL, 15,
                    ExtendedSocketOptions.TCP_KEEPCOUNT, 3);

    private final AddressResolver resolver;
    private final SSLSocketFactory tls;
    private final int maxHeaderBytes;

    Connector(AddressResolver resolver, SSLSocketFactory tls, int maxHeaderBytes) {
        this.resolver = resolver;
        this.tls = tls;
        this.maxHeaderBytes = maxHeaderBytes;
    }

    /**
     * Opens a connection for which the caller holds a permit. It passes to the connection, or back
     * to the pool on failure.
     *
     * @param deadline of the connecting alone
     * @param total of the exchange
     */
    Connection open(OriginPool pool, long deadline, long total) throws ExchangeFailure {
        long until = Math.min(deadline, total);
        Connection connection = pool.adopt(dial(pool, until, total));
        long lease = connection.lease();
        boolean ready = false;
        try {
            connection.limitTotal(until);
            if (pool.access().tunnel()) {
                tunnel(connection, pool, until);
            }
            if (pool.origin().secure()) {
                handshake(connection, pool.origin());
            }
            ready = true;
            return connection;
        } catch (IOException e) {
            FailureKind late = connectTimeout(total);
            FailureKind kind =
                    connection.explain(
                            late,
                            e instanceof SSLException ? FailureKind.TLS : FailureKind.CONNECT);
            // The watchdog's deadline was that of connecting, however it is called.
            throw ExchangeFailure.of(
                    kind == FailureKind.TIMEOUT_TOTAL ? late : kind,
                    "connecting to " + pool.origin(),
                    e);
        } finally {
            if (!ready) {
                connection.end(lease, Connection.CLOSED);
            }
        }
    }

    private static FailureKind connectTimeout(long total) {
        return Monotonic.now() >= total ? FailureKind.TIMEOUT_TOTAL : FailureKind.TIMEOUT_CONNECT;
    }

    private SocketChannel dial(OriginPool pool, long until, long total) throws ExchangeFailure {
        boolean connected = false;
        try {
            ProxySettings proxy = pool.access().proxy();
            String host = proxy == null ? pool.origin().host() : proxy.host();
            int port = proxy == null ? pool.origin().port() : proxy.port();
            SocketChannel channel = dial(host, port, until);
            connected = true;
            return channel;
        } catch (SocketTimeoutException e) {
            throw ExchangeFailure.of(connectTimeout(total), "connecting to " + pool.origin(), e);
        } catch (IOException e) {
            boolean interrupted = Thread.currentThread().isInterrupted();
            throw ExchangeFailure.of(
                    interrupted ? FailureKind.CANCELLED : FailureKind.CONNECT,
                    "connecting to " + pool.origin(),
                    e);
        } finally {
            if (!connected) {
                pool.leave();
            }
        }
    }

    /**
     * Tries the addresses in turn; each may take its share of the time that is left, at most 2 s
     * unless it is the last.
     */
    private SocketChannel dial(String host, int port, long until)
            throws IOException, ExchangeFailure {
        List<InetAddress> addresses = resolver.resolve(host, until);
        int tries = Math.min(addresses.size(), MAX_ADDRESSES);
        for (int i = 0; i < tries - 1; i++) {
            long share = (until - Monotonic.now()) / (tries - i);
            try {
                return dial(addresses.get(i), port, Math.min(share, PATIENCE_NANOS));
            } catch (IOException e) {
                if (Thread.currentThread().isInterrupted()) {
                    throw e;
                }
            }
        }
        return dial(addresses.get(tries - 1), port, until - Monotonic.now());
    }

    private SocketChannel dial(InetAddress address, int port, long nanos) throws IOException {
        SocketChannel channel = SocketChannel.open();
        boolean connected = false;
        try {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            probe(channel);
            int millis = (int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos));
            channel.socket().connect(new InetSocketAddress(address, port), millis);
            connected = true;
            resolver.unreachable().remove(address);
            return channel;
        } finally {
            if (!connected) {
                channel.close();
                if (!Thread.currentThread().isInterrupted()) {
                    resolver.unreachable().add(address);
                }
            }
        }
    }

    private static void probe(SocketChannel channel) throws IOException {
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        for (Map.Entry<SocketOption<Integer>, Integer> option : PROBES.entrySet()) {
            if (channel.supportedOptions().contains(option.getKey())) {
                channel.setOption(option.getKey(), option.getValue());
            }
        }
    }

    private void tunnel(Connection connection, OriginPool pool, long until)
            throws IOException, ExchangeFailure {
        String authority = pool.origin().authority();
        String authorization = pool.access().authorization();
        String request =
                "CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s\r\n"
                        .formatted(
                                authority,
                                authority,
                                authorization == null
                                        ? ""
                                        : "Proxy-Authorization: " + authorization + "\r\n");
        byte[] bytes = request.getBytes(ISO_8859_1);
        connection.send(bytes, 0, bytes.length, until);
        ResponseHead head = consent(connection, until);
        if (head.status() / 100 != 2) {
            throw new ExchangeFailure(
                    FailureKind.CONNECT,
                    "the proxy refused the tunnel with status " + head.status());
        }
        if (connection.input().buffered() > 0) {
            throw new ExchangeFailure(FailureKind.PROTOCOL, "the proxy sent more than its consent");
        }
        connection.input().reset();
    }

    private ResponseHead consent(Connection connection, long until)
            throws IOException, ExchangeFailure {
        try {
            return new HeadReader(connection, maxHeaderBytes, until).read();
        } catch (ExchangeFailure e) {
            if (e.kind() != FailureKind.BROKEN) {
                throw e;
            }
            // The request was not even sent yet: to the caller this is a failed connect.
            throw new ExchangeFailure(FailureKind.CONNECT, "the proxy closed the connection");
        }
    }

    /** Trust is decided here: the certificate must be valid for the host that was asked for. */
    private void handshake(Connection connection, Origin origin) throws IOException {
        SSLSocket socket =
                (SSLSocket)
                        tls.createSocket(
                                connection.channel().socket(), origin.host(), origin.port(), true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        parameters.setApplicationProtocols(new String[] {"http/1.1"});
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        connection.secure(socket);
    }
}

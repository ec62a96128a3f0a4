package dev.sluice.testkit;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Whether a Docker engine answers: one ping, without loading a Docker library.
 *
 * <p>A client on the PATH means nothing, and Testcontainers' own question costs 400 ms and an error
 * in the log where there is no engine.
 *
 * @param address where an engine would listen; null if no place is known
 */
record DockerEngine(@Nullable SocketAddress address) {

    private static final Duration PATIENCE = Duration.ofMillis(500);
    private static final int STATUS_LINE_BYTES = 64;
    private static final List<String> USUAL_SOCKETS =
            List.of("/var/run/docker.sock", ".docker/run/docker.sock");
    private static final byte[] PING =
            "GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /** The engine that {@code DOCKER_HOST} names, else the one behind the usual sockets. */
    static DockerEngine ofThisMachine() {
        return of(System.getenv("DOCKER_HOST"), Path.of(System.getProperty("user.home")));
    }

    static DockerEngine of(@Nullable String dockerHost, Path home) {
        if (dockerHost != null && !dockerHost.isBlank()) {
            return new DockerEngine(named(URI.create(dockerHost)));
        }
        return new DockerEngine(
                USUAL_SOCKETS.stream()
                        .map(home::resolve)
                        .filter(Files::exists)
                        .findFirst()
                        .map(UnixDomainSocketAddress::of)
                        .orElse(null));
    }

    private static @Nullable SocketAddress named(URI host) {
        if ("unix".equals(host.getScheme())) {
            return UnixDomainSocketAddress.of(host.getPath());
        }
        return host.getHost() == null || host.getPort() < 0
                ? null
                : new InetSocketAddress(host.getHost(), host.getPort());
    }

    /** Whether it answers a ping within half a second. */
    boolean answers() {
        if (address == null) {
            return false;
        }
        try (SocketChannel channel = connect(address);
                Selector selector = Selector.open()) {
            channel.write(ByteBuffer.wrap(PING));
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
            ByteBuffer answer = ByteBuffer.allocate(STATUS_LINE_BYTES);
            return selector.select(PATIENCE.toMillis()) > 0
                    && channel.read(answer) > 0
                    && text(answer).contains(" 200 ");
        } catch (IOException _) {
            return false;
        }
    }

    private static SocketChannel connect(SocketAddress address) throws IOException {
        if (address instanceof InetSocketAddress internet) {
            SocketChannel channel = SocketChannel.open();
            try {
                channel.socket().connect(internet, (int) PATIENCE.toMillis());
                return channel;
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        }
        return SocketChannel.open(address);
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.US_ASCII.decode(bytes.flip()).toString();
    }
}

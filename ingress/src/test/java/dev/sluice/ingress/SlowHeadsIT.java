package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;

/** Callers who do not get to the end of a head hold their connection for a second and no longer. */
final class SlowHeadsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final String REQUEST =
            "GET /health/liveliness HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private static GatewayUnderTest gateway;

    @BeforeAll
    static void start(@TempDir Path data) {
        gateway =
                GatewayUnderTest.withTwoDeployments(
                        data,
                        "sluice: {http: {header_timeout: %d}}".formatted(PATIENCE.toSeconds()));
    }

    @AfterAll
    static void stop() throws IOException {
        gateway.close();
    }

    @Test
    void endsAConnectionThatNeverSaysAnything() throws IOException {
        try (Socket silent = connect()) {
            assertThat(silent.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void answersAHeadThatStandsStillAndCloses() throws IOException {
        try (Socket slow = connect()) {
            send(slow, "POST /v1/chat/completions HTTP/1.1\r\nHost: loc");

            assertThat(rest(slow)).startsWith("HTTP/1.1 408 ").contains("\"timeout_error\"");
        }
    }

    @Test
    void isNotKeptWaitingByAByteNowAndThen() throws IOException {
        long began = System.nanoTime();
        try (Socket drip = connect()) {
            send(drip, "GET /health/liveliness HTTP/1.1\r\nX-Drip: ");

            await().atMost(Duration.ofSeconds(15))
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> isRefused(drip));
        }
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(PATIENCE);
    }

    @Test
    void givesTheSecondRequestOfAConnectionTheSamePatience() throws IOException {
        try (Socket kept = connect()) {
            send(kept, REQUEST);
            String first = read(kept, "alive!\"");
            send(kept, "GET /health");

            assertThat(first).startsWith("HTTP/1.1 200 ");
            assertThat(rest(kept)).startsWith("HTTP/1.1 408 ");
        }
    }

    @Test
    void letsAConnectionRestBetweenRequests() throws IOException {
        try (Socket kept = connect()) {
            send(kept, REQUEST);
            read(kept, "alive!\"");
            long rested = System.nanoTime();
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> System.nanoTime() - rested > PATIENCE.multipliedBy(2).toNanos());
            send(kept, REQUEST);

            assertThat(read(kept, "alive!\"")).startsWith("HTTP/1.1 200 ");
        }
    }

    private static Socket connect() throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port());
        socket.setSoTimeout(15_000);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(US_ASCII));
    }

    private static boolean isRefused(Socket socket) throws IOException {
        try {
            send(socket, "x");
            return false;
        } catch (SocketException closed) {
            return true;
        }
    }

    private static String rest(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), US_ASCII);
    }

    private static String read(Socket socket, String until) throws IOException {
        var text = new StringBuilder();
        while (text.indexOf(until) < 0) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("ended after " + text);
            }
            text.append((char) next);
        }
        return text.toString();
    }
}

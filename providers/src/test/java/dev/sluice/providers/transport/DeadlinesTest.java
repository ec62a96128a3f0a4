package dev.sluice.providers.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;

@Timeout(30)
class DeadlinesTest {

    private static final Duration LONG = Duration.ofMinutes(2);
    private static final Duration SHORT = Duration.ofMillis(150);
    private static final Duration MARGIN = Duration.ofSeconds(8);

    private final SocketTransport transport = new SocketTransport(TransportSettings.defaults());

    @AfterEach
    void close() {
        transport.close();
    }

    private static UpstreamRequest to(String url, Deadlines deadlines) {
        return Client.request(
                "POST", UpstreamTarget.of(URI.create(url), List.of()), "{}", deadlines);
    }

    @Test
    void reportsARefusedConnection() throws IOException {
        int port;
        try (var listener = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            port = listener.getLocalPort();
        }

        assertThat(Client.failed(transport.send(to("http://127.0.0.1:" + port, Client.PATIENT))))
                .isEqualTo(FailureKind.CONNECT);
    }

    @Test
    void triesTheAddressesOfANameInTurn() throws IOException {
        try (var server = ScriptedServer.answering("HTTP/1.1 204 None\r\n\r\n");
                var other =
                        new SocketTransport(
                                TransportSettings.defaults(),
                                host -> {
                                    assertThat(host).isEqualTo("llm_host");
                                    return List.of(
                                            InetAddress.ofLiteral("127.0.0.2"),
                                            InetAddress.ofLiteral("127.0.0.1"));
                                })) {
            Exchange exchange = other.send(to("http://llm_host:" + server.port(), Client.PATIENT));

            assertThat(Client.answered(exchange).status()).isEqualTo(204);
        }
    }

    @Test
    void reportsAnUnknownHost() {
        HostLookup nobody =
                host -> {
                    throw new UnknownHostException(host);
                };
        try (var other = new SocketTransport(TransportSettings.defaults(), nobody)) {
            assertThat(Client.failed(other.send(to("http://nowhere.test", Client.PATIENT))))
                    .isEqualTo(FailureKind.CONNECT);
        }
    }

    @Test
    void resolvingEndsWithTheConnectDeadline() throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        HostLookup hanging =
                host -> {
                    try {
                        never.await();
                    } catch (InterruptedException _) {
                        // Told to stop.
                    }
                    throw new UnknownHostException(host);
                };
        try (var other = new SocketTransport(TransportSettings.defaults(), hanging)) {
            Deadlines deadlines = new Deadlines(SHORT, LONG, LONG, LONG);

            assertThat(Client.failed(other.send(to("http://nowhere.test", deadlines))))
                    .isEqualTo(FailureKind.TIMEOUT_CONNECT);
        }
    }

    @Test
    void theHandshakeEndsWithTheConnectDeadline() {
        try (var server = ScriptedServer.on(Peer::linger)) {
            String url = "https://127.0.0.1:" + server.port();

            assertThat(
                            Client.failed(
                                    transport.send(
                                            to(url, new Deadlines(SHORT, LONG, LONG, LONG)))))
                    .isEqualTo(FailureKind.TIMEOUT_CONNECT);
            assertThat(
                            Client.failed(
                                    transport.send(
                                            to(url, new Deadlines(LONG, LONG, LONG, SHORT)))))
                    .isEqualTo(FailureKind.TIMEOUT_TOTAL);
            assertThat(transport.statistics().open()).isZero();
        }
    }

    @Test
    void theHeadEndsWithTheFirstByteDeadlineThoughItTrickles() {
        try (var server =
                ScriptedServer.on(peer -> {
                    peer.request();
                    peer.send("HTTP/1.1 200 OK\r\n");
                    trickle(peer, "X: y\r\n");
                })) {
            long start = System.nanoTime();

            assertThat(
                            Client.failed(
                                    transport.send(
                                            Client.post(
                                                    server,
                                                    new Deadlines(LONG, SHORT, LONG, LONG)))))
                    .isEqualTo(FailureKind.TIMEOUT_FIRST_BYTE);
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(SHORT, SHORT.plus(MARGIN));
            assertThat(transport.statistics().open()).isZero();
        }
    }

    @Test
    void aSilentHeadEndsWithTheFirstByteOrTheTotalDeadline() {
        try (var server = ScriptedServer.on(Peer::linger)) {
            assertThat(
                            Client.failed(
                                    transport.send(
                                            Client.post(
                                                    server,
                                                    new Deadlines(LONG, SHORT, LONG, LONG)))))
                    .isEqualTo(FailureKind.TIMEOUT_FIRST_BYTE);
            assertThat(
                            Client.failed(
                                    transport.send(
                                            Client.post(
                                                    server,
                                                    new Deadlines(LONG, LONG, LONG, SHORT)))))
                    .isEqualTo(FailureKind.TIMEOUT_TOTAL);
        }
    }

    @Test
    void aStalledBodyEndsWithTheIdleDeadline() throws IOException {
        try (var server =
                ScriptedServer.on(peer -> {
                    peer.request();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
                    peer.linger();
                })) {
            UpstreamResponse response =
                    Client.answered(
                            transport.send(
                                    Client.post(server, new Deadlines(LONG, LONG, SHORT, LONG))));

            assertThat(response.read(new byte[9], 0, 9)).isEqualTo(3);
            assertThatThrownBy(() -> response.read(new byte[9], 0, 9))
                    .isInstanceOfSatisfying(
                            UpstreamTimeoutException.class,
                            e -> assertThat(e.kind()).isEqualTo(FailureKind.TIMEOUT_IDLE));
            assertThat(transport.statistics().open()).isZero();
        }
    }

    @Test
    void aHeadAloneEndsWithTheFirstByteDeadline() {
        try (var server =
                ScriptedServer.on(peer -> {
                    peer.request();
                    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                    peer.linger();
                })) {
            long start = System.nanoTime();
            UpstreamResponse response =
                    Client.answered(
                            transport.send(
                                    Client.post(server, new Deadlines(LONG, SHORT, LONG, LONG))));

            assertThatThrownBy(() -> response.read(new byte[9], 0, 9))
                    .isInstanceOfSatisfying(
                            UpstreamTimeoutException.class,
                            e -> assertThat(e.kind()).isEqualTo(FailureKind.TIMEOUT_FIRST_BYTE));
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(SHORT, SHORT.plus(MARGIN));
            assertThat(transport.statistics().open()).isZero();
        }
    }

    @Test
    void betweenTwoPiecesOnlyTheIdleDeadlineHolds() throws IOException {
        CountDownLatch seen = new CountDownLatch(1);
        try (var server =
                ScriptedServer.on(peer -> {
                    peer.request();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na");
                    awaitQuietly(seen);
                    peer.send("b");
                    peer.linger();
                })) {
            UpstreamResponse response =
                    Client.answered(
                            transport.send(
                                    Client.post(server, new Deadlines(LONG, SHORT, LONG, LONG))));
            assertThat(response.read(new byte[9], 0, 9)).isEqualTo(1);
            await().pollDelay(SHORT.multipliedBy(2)).until(() -> true);
            seen.countDown();

            assertThat(response.readAll(9)).asString().isEqualTo("b");
        }
    }

    @Test
    void anEndlessBodyEndsWithTheTotalDeadline() {
        try (var server =
                ScriptedServer.on(peer -> {
                    peer.request();
                    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                    trickle(peer, "1\r\nx\r\n");
                })) {
            UpstreamResponse response =
                    Client.answered(
                            transport.send(
                                    Client.post(server, new Deadlines(LONG, LONG, LONG, SHORT))));

            assertThatThrownBy(() -> response.readAll(1_000_000))
                    .isInstanceOfSatisfying(
                            UpstreamTimeoutException.class,
                            e -> assertThat(e.kind()).isEqualTo(FailureKind.TIMEOUT_TOTAL));
        }
    }

    private static void trickle(Peer peer, String piece) throws IOException {
        while (true) {
            peer.send(piece);
            java.util.concurrent.locks.LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }

    @Test
    void aSlowReaderIsNotTheUpstreamsSilence() throws IOException {
        try (var server =
                ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")) {
            UpstreamResponse response =
                    Client.answered(
                            transport.send(
                                    Client.post(server, new Deadlines(LONG, LONG, SHORT, LONG))));
            assertThat(response.read(new byte[1], 0, 1)).isEqualTo(1);

            await().pollDelay(SHORT.multipliedBy(2)).until(() -> true);

            assertThat(response.readAll(9)).hasSize(4);
        }
    }

    @Test
    void anUpstreamThatDoesNotReadEndsTheSending() {
        CountDownLatch done = new CountDownLatch(1);
        try (var server = ScriptedServer.on(peer -> awaitQuietly(done))) {
            String body = "x".repeat(30_000_000);
            Deadlines deadlines = new Deadlines(LONG, LONG, SHORT, LONG);

            Exchange exchange =
                    transport.send(Client.request("POST", Client.target(server), body, deadlines));

            assertThat(Client.failed(exchange)).isEqualTo(FailureKind.TIMEOUT_IDLE);
        } finally {
            done.countDown();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void aForgottenAnswerGivesItsConnectionBackWithTheTotalDeadline() throws IOException {
        TransportSettings settings =
                TransportSettings.defaults().withPool(1, Duration.ofSeconds(10));
        try (var server =
                        ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                var single = new SocketTransport(settings)) {
            UpstreamResponse forgotten =
                    Client.answered(
                            single.send(
                                    Client.post(server, new Deadlines(LONG, LONG, LONG, SHORT))));

            assertThat(Client.text(single.send(Client.post(server)))).isEqualTo("ok");
            assertThatThrownBy(() -> forgotten.readAll(2))
                    .isInstanceOf(UpstreamTimeoutException.class);
        }
    }

    @Test
    void tellsInOneLineWhatHappened() {
        try (var server = ScriptedServer.on(Peer::linger)) {
            var deadlines = new Deadlines(LONG, SHORT, LONG, LONG);

            assertThat(transport.send(Client.post(server, deadlines)))
                    .isEqualTo(
                            new Exchange.Failed(
                                    FailureKind.TIMEOUT_FIRST_BYTE,
                                    "waiting for http://127.0.0.1:"
                                            + server.port()
                                            + " took too long"));
        }
        assertThat(
                        ExchangeFailure.of(FailureKind.BROKEN, "step", new IOException("a\r\nb"))
                                .asValue())
                .isEqualTo(new Exchange.Failed(FailureKind.BROKEN, "step failed: a b"));
    }

    @Test
    void deadlinesMustBePositiveAndNotAbsurd() {
        assertThatThrownBy(() -> new Deadlines(LONG, Duration.ZERO, LONG, LONG))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("firstByte");
        assertThatThrownBy(() -> new Deadlines(LONG, LONG, LONG, Duration.ofDays(2)))
                .hasMessageContaining("total");
    }
}

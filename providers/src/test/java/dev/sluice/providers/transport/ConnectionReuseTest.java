package dev.sluice.providers.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

@Timeout(30)
class ConnectionReuseTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private final SocketTransport transport = new SocketTransport(TransportSettings.defaults());

    @AfterEach
    void close() {
        transport.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
                "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\nok",
                "HTTP/1.1 200 OK\r\nConnection: close\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
                "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok, and more than it said",
            })
    void closesWhatMayNotBeReused(String answer) throws IOException {
        try (var server = ScriptedServer.answering(answer)) {
            assertThat(Client.text(transport.send(Client.post(server)))).isEqualTo("ok");
            assertThat(Client.text(transport.send(Client.post(server)))).isEqualTo("ok");
            assertThat(server.accepted()).isEqualTo(2);
        }
    }

    @Test
    void keepsAnOldServersConnectionIfItSaysSo() throws IOException {
        try (var server =
                ScriptedServer.answering(
                        "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok")) {
            Client.text(transport.send(Client.post(server)));
            Client.text(transport.send(Client.post(server)));

            assertThat(server.accepted()).isEqualTo(1);
        }
    }

    @Test
    void usesTheConnectionThatWasUsedLast() throws IOException {
        List<Integer> served = new ArrayList<>();
        try (var server =
                ScriptedServer.on(peer -> {
                    while (peer.request() != null) {
                        served.add(peer.number());
                        peer.send(OK);
                    }
                })) {
            UpstreamResponse first = Client.answered(transport.send(Client.post(server)));
            UpstreamResponse second = Client.answered(transport.send(Client.post(server)));
            second.readAll(2);
            first.readAll(2);
            Client.text(transport.send(Client.post(server)));

            assertThat(served).containsExactly(1, 2, 1);
        }
    }

    @Test
    void saysThatARestedConnectionBrokeWithoutAnAnswerAndSendsNothingTwice() throws IOException {
        AtomicInteger requests = new AtomicInteger();
        try (var server =
                ScriptedServer.on(peer -> {
                    peer.request();
                    requests.incrementAndGet();
                    peer.send(OK);
                    if (peer.request() != null) {
                        requests.incrementAndGet();
                    }
                })) {
            Client.text(transport.send(Client.post(server)));

            assertThat(Client.failed(transport.send(Client.post(server))))
                    .isEqualTo(FailureKind.STALE);
            assertThat(requests).hasValue(2);
            assertThat(transport.statistics().stale()).isEqualTo(1);
            assertThat(transport.statistics().open()).isZero();
        }
    }

    @Test
    void takesAFreshConnectionWhereOneIsAskedFor() throws IOException {
        try (var server =
                ScriptedServer.on(peer -> {
                    while (peer.request() != null) {
                        peer.send(OK);
                    }
                })) {
            UpstreamRequest request = Client.post(server);
            Client.text(transport.send(request));
            assertThat(Client.text(transport.send(Client.fresh(server)))).isEqualTo("ok");
            assertThat(server.accepted()).isEqualTo(2);
            assertThat(Client.text(transport.send(request))).isEqualTo("ok");
            assertThat(server.accepted()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"H", "HTTP/1.1 200 OK\r\nContent-Len", "HTTP/1.1 100 Continue\r\n\r\n"})
    void isBrokenNotStaleAfterAByteOfAnAnswer(String beginning) throws IOException {
        try (var server =
                ScriptedServer.on(peer -> {
                    peer.request();
                    peer.send(OK);
                    peer.request();
                    peer.send(beginning);
                })) {
            Client.text(transport.send(Client.post(server)));

            assertThat(Client.failed(transport.send(Client.post(server))))
                    .isEqualTo(FailureKind.BROKEN);
            assertThat(server.accepted()).isEqualTo(1);
        }
    }

    @Test
    void callsWhatBrokeOnAFreshConnectionBroken() {
        try (var server = ScriptedServer.on(Peer::request)) {
            assertThat(Client.failed(transport.send(Client.post(server))))
                    .isEqualTo(FailureKind.BROKEN);
            assertThat(server.accepted()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "unasked", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"})
    void dropsARestedConnectionThatEndedOrSpokeUnasked(String late) throws Exception {
        CountDownLatch rested = new CountDownLatch(1);
        CountDownLatch spoken = new CountDownLatch(1);
        try (var server =
                ScriptedServer.on(peer -> {
                    peer.request();
                    peer.send(OK);
                    if (peer.number() > 1) {
                        peer.linger();
                    }
                    uninterruptibly(rested);
                    peer.send(late);
                    if (!late.isEmpty()) {
                        spoken.countDown();
                        peer.linger();
                    }
                })) {
            Client.text(transport.send(Client.post(server)));
            rested.countDown();
            if (!late.isEmpty()) {
                spoken.await();
            }
            // Longer than a connection is taken on trust.
            await().pollDelay(Duration.ofMillis(50)).until(() -> true);

            assertThat(Client.text(transport.send(Client.post(server)))).isEqualTo("ok");
            assertThat(server.accepted()).isEqualTo(2);
            assertThat(transport.statistics().stale()).isZero();
        }
    }

    private static void uninterruptibly(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void closesRestingConnectionsThatExpired() throws IOException {
        TransportSettings settings =
                TransportSettings.defaults().withIdleExpiry(Duration.ofMillis(60));
        try (var server = ScriptedServer.answering(OK);
                var hasty = new SocketTransport(settings)) {
            Client.text(hasty.send(Client.post(server)));

            assertThat(hasty.statistics().idle()).isEqualTo(1);
            await().atMost(Duration.ofSeconds(5)).until(() -> hasty.statistics().open() == 0);
            assertThat(hasty.statistics().idle()).isZero();
            assertThat(Client.text(hasty.send(Client.post(server)))).isEqualTo("ok");
        }
    }

    @Test
    void honoursTheUpstreamsKeepAliveTimeout() throws IOException {
        try (var server =
                ScriptedServer.answering(
                        "HTTP/1.1 200 OK\r\nKeep-Alive: max=9, timeout=1\r\nContent-Length: 2\r\n\r\nok")) {
            Client.text(transport.send(Client.post(server)));

            await().atMost(Duration.ofSeconds(5)).until(() -> transport.statistics().open() == 0);
        }
    }

    @Test
    void closingKeepsTheConnectionOnlyIfTheRestIsThere() throws IOException {
        try (var server = ScriptedServer.answering(OK)) {
            Client.answered(transport.send(Client.post(server))).close();
            assertThat(transport.statistics().idle()).isEqualTo(1);
        }
        try (var server =
                ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok")) {
            UpstreamResponse response = Client.answered(transport.send(Client.post(server)));
            int before = transport.statistics().open();

            response.close();
            response.close();

            assertThat(transport.statistics().open()).isEqualTo(before - 1);
            assertThatThrownBy(() -> response.readAll(9))
                    .isInstanceOf(ExchangeCancelledException.class);
        }
    }

    @Test
    void closingSkipsBufferedChunks() throws IOException {
        try (var server =
                ScriptedServer.answering(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")) {
            try (UpstreamResponse response = Client.answered(transport.send(Client.post(server)))) {
                assertThat(response.read(new byte[2], 0, 2)).isEqualTo(2);
            }
            Client.text(transport.send(Client.post(server)));

            assertThat(server.accepted()).isEqualTo(1);
        }
    }

    @Test
    void takesAnEarlyAnswerThoughTheRequestWasNotReadToItsEnd() throws IOException {
        try (var server =
                ScriptedServer.on(peer -> {
                    peer.socket().getInputStream().readNBytes(10_000);
                    peer.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
                    peer.socket().shutdownOutput();
                    peer.linger();
                })) {
            String body = "x".repeat(5_000_000);
            Exchange exchange =
                    transport.send(
                            Client.request("POST", Client.target(server), body, Client.PATIENT));

            assertThat(Client.answered(exchange).status()).isEqualTo(413);
            assertThat(Client.text(exchange)).isEqualTo("no");
        }
    }
}

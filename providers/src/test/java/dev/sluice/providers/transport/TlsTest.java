package dev.sluice.providers.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLSocket;

@Timeout(30)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TlsTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final Duration SHORT = Duration.ofMillis(150);

    private TestCertificate certificate;

    @BeforeAll
    void makeCertificate(@TempDir Path folder) throws Exception {
        certificate = TestCertificate.in(folder);
    }

    private ScriptedServer server(ScriptedServer.Script script) throws Exception {
        return ScriptedServer.on(certificate.listener("TLSv1.3"), script);
    }

    private SocketTransport trusting() throws Exception {
        return new SocketTransport(
                TransportSettings.defaults().withSslContext(certificate.client()));
    }

    private static UpstreamRequest post(
            String host, ScriptedServer server, String body, Deadlines deadlines) {
        URI url = URI.create("https://" + host + ":" + server.port() + "/v1");
        return Client.request("POST", UpstreamTarget.of(url, List.of()), body, deadlines);
    }

    private static UpstreamRequest post(String host, ScriptedServer server) {
        return post(host, server, "{}", Client.PATIENT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void speaksToAHostWhoseCertificateItTrusts(String version) throws Exception {
        CompletableFuture<String> named = new CompletableFuture<>();
        String body = "x".repeat(100_000);
        try (var server =
                        ScriptedServer.on(
                                certificate.listener(version),
                                peer -> {
                                    for (String request = peer.request();
                                            request != null;
                                            request = peer.request()) {
                                        named.complete(
                                                ((SSLSocket) peer.socket())
                                                        .getSession()
                                                        .getProtocol());
                                        peer.send(
                                                "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
                                        peer.send(request.substring(request.length() - 100_000));
                                    }
                                });
                var transport = trusting()) {
            assertThat(Client.text(transport.send(post("localhost", server, body, Client.PATIENT))))
                    .isEqualTo(body);
            await().pollDelay(Duration.ofMillis(20)).until(() -> true);
            assertThat(Client.text(transport.send(post("localhost", server, body, Client.PATIENT))))
                    .isEqualTo(body);

            assertThat(server.accepted()).isEqualTo(1);
            assertThat(named).isCompletedWithValue(version);
        }
    }

    @Test
    void refusesACertificateForAnotherHost() throws Exception {
        try (var server = server(peer -> peer.send(OK));
                var transport = trusting()) {
            assertThat(Client.failed(transport.send(post("127.0.0.1", server))))
                    .isEqualTo(FailureKind.TLS);
            assertThat(transport.statistics().open()).isZero();
        }
    }

    @Test
    void refusesACertificateThatNobodyVouchesFor() throws Exception {
        try (var server = server(peer -> peer.send(OK));
                var transport = new SocketTransport(TransportSettings.defaults())) {
            assertThat(Client.failed(transport.send(post("localhost", server))))
                    .isEqualTo(FailureKind.TLS);
        }
    }

    @Test
    void refusesAPeerThatSpeaksNoTls() throws Exception {
        try (var server = ScriptedServer.on(peer -> peer.send("SSH-2.0-x\r\n"));
                var transport = trusting()) {
            assertThat(Client.failed(transport.send(post("localhost", server))))
                    .isEqualTo(FailureKind.TLS);
        }
    }

    @Test
    void readsEveryFormAndNoticesACut() throws Exception {
        String chunked =
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
        try (var server =
                        server(peer -> {
                            peer.request();
                            peer.drip(chunked);
                            peer.request();
                            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
                        });
                var transport = trusting()) {
            assertThat(Client.text(transport.send(post("localhost", server)))).isEqualTo("ok");
            assertThatThrownBy(() -> Client.text(transport.send(post("localhost", server))))
                    .isInstanceOf(TruncatedBodyException.class);
        }
    }

    @Test
    void aRestedConnectionThatWasClosedIsStaleAtWorst() throws Exception {
        try (var server =
                        server(peer -> {
                            peer.request();
                            peer.send(OK);
                        });
                var transport = trusting()) {
            for (int i = 0; i < 5; i++) {
                Exchange exchange = transport.send(post("localhost", server));
                if (exchange instanceof Exchange.Failed(var kind, _)) {
                    assertThat(kind).isEqualTo(FailureKind.STALE);
                    exchange = transport.send(post("localhost", server));
                }
                assertThat(Client.text(exchange)).isEqualTo("ok");
            }

            assertThat(server.accepted()).isEqualTo(5);
        }
    }

    @Test
    void keepsItsDeadlinesThoughRecordsTrickle() throws Exception {
        try (var server =
                        server(peer -> {
                            peer.request();
                            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
                            peer.linger();
                        });
                var transport = trusting()) {
            Deadlines idle = new Deadlines(LONG, LONG, SHORT, LONG);
            Deadlines total = new Deadlines(LONG, LONG, LONG, Duration.ofMillis(500));

            assertThatThrownBy(() ->
                            Client.text(transport.send(post("localhost", server, "{}", idle))))
                    .isInstanceOfSatisfying(
                            UpstreamTimeoutException.class,
                            e -> assertThat(e.kind()).isEqualTo(FailureKind.TIMEOUT_IDLE));
            assertThatThrownBy(() ->
                            Client.text(transport.send(post("localhost", server, "{}", total))))
                    .isInstanceOfSatisfying(
                            UpstreamTimeoutException.class,
                            e -> assertThat(e.kind()).isEqualTo(FailureKind.TIMEOUT_TOTAL));
        }
    }

    @Test
    void anUpstreamThatDoesNotReadEndsTheSending() throws Exception {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        try (var server =
                        server(peer -> {
                            ((SSLSocket) peer.socket()).startHandshake();
                            done.join();
                        });
                var transport = trusting()) {
            String body = "x".repeat(30_000_000);
            Deadlines idle = new Deadlines(LONG, LONG, SHORT, LONG);

            assertThat(Client.failed(transport.send(post("localhost", server, body, idle))))
                    .isEqualTo(FailureKind.TIMEOUT_IDLE);
            done.complete(true);
        }
    }

    @Test
    void cancellingWakesABlockedReader() throws Exception {
        try (var server =
                        server(peer -> {
                            peer.request();
                            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
                            peer.linger();
                        });
                var transport = trusting()) {
            UpstreamResponse response = Client.answered(transport.send(post("localhost", server)));
            CompletableFuture<Boolean> cancelled = new CompletableFuture<>();
            Thread reader =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    response.readAll(9);
                                } catch (UpstreamException e) {
                                    cancelled.complete(e instanceof ExchangeCancelledException);
                                }
                            });
            await().until(() -> reader.getState() == Thread.State.WAITING);

            response.cancel();

            assertThat(cancelled.get(5, TimeUnit.SECONDS)).isTrue();
        }
    }
}

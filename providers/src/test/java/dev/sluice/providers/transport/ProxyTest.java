package dev.sluice.providers.transport;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

@Timeout(30)
class ProxyTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String BASIC =
            "Proxy-Authorization: Basic "
                    + Base64.getEncoder().encodeToString("me:pass".getBytes(UTF_8))
                    + "\r\n";

    private static TransportSettings through(
            ScriptedServer proxy, @Nullable Secret credentials, String... noProxy) {
        return TransportSettings.defaults()
                .withProxies(
                        Proxies.both(
                                new ProxySettings(
                                        "127.0.0.1", proxy.port(), credentials, List.of(noProxy))));
    }

    private static UpstreamRequest post(String url) {
        return Client.request(
                "POST", UpstreamTarget.of(URI.create(url), List.of()), "{}", Client.PATIENT);
    }

    /** Joins the client with the port that it asked for. */
    private static void tunnel(Peer peer, Queue<String> seen) throws IOException {
        String request = String.valueOf(peer.request());
        seen.add(request);
        int port =
                Integer.parseInt(
                        request.substring(request.indexOf(':') + 1, request.indexOf(" HTTP/1.1")));
        try (var upstream = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
            peer.send("HTTP/1.1 200 Connection established\r\n\r\n");
            Thread back =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    upstream.getInputStream()
                                            .transferTo(peer.socket().getOutputStream());
                                } catch (IOException _) {
                                    // One side has closed.
                                }
                            });
            peer.socket().getInputStream().transferTo(upstream.getOutputStream());
            back.interrupt();
        }
    }

    @Test
    void reachesHttpsThroughATunnel(@TempDir Path folder) throws Exception {
        TestCertificate certificate = TestCertificate.in(folder);
        Queue<String> seen = new ConcurrentLinkedQueue<>();
        try (var server =
                        ScriptedServer.on(
                                certificate.listener("TLSv1.3"),
                                peer -> {
                                    while (peer.request() != null) {
                                        peer.send(OK);
                                    }
                                });
                var proxy = ScriptedServer.on(peer -> tunnel(peer, seen));
                var transport =
                        new SocketTransport(
                                through(proxy, new Secret("me:pass"))
                                        .withSslContext(certificate.client()))) {
            UpstreamRequest request = post("https://localhost:" + server.port() + "/v1");

            assertThat(Client.text(transport.send(request))).isEqualTo("ok");
            assertThat(Client.text(transport.send(request))).isEqualTo("ok");

            String authority = "localhost:" + server.port();
            assertThat(seen)
                    .containsExactly(
                            "CONNECT "
                                    + authority
                                    + " HTTP/1.1\r\nHost: "
                                    + authority
                                    + "\r\n"
                                    + BASIC
                                    + "\r\n");
        }
    }

    @Test
    void asksForPlainHttpByItsWholeUrl() throws IOException {
        Queue<String> seen = new ConcurrentLinkedQueue<>();
        try (var proxy =
                        ScriptedServer.on(peer -> {
                            for (String request = peer.request();
                                    request != null;
                                    request = peer.request()) {
                                seen.add(request);
                                peer.send(OK);
                            }
                        });
                var transport = new SocketTransport(through(proxy, new Secret("me:pass")))) {
            assertThat(Client.text(transport.send(post("http://nowhere.test:81/a?b=c"))))
                    .isEqualTo("ok");

            assertThat(seen)
                    .containsExactly(
                            "POST http://nowhere.test:81/a?b=c HTTP/1.1\r\nHost: nowhere.test:81\r\n"
                                    + BASIC
                                    + "Content-Length: 2\r\n\r\n{}");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "407, CONNECT",
        "502, CONNECT",
        "101, PROTOCOL",
    })
    void reportsAProxyThatRefuses(int status, FailureKind kind) {
        try (var proxy =
                        ScriptedServer.answering(
                                "HTTP/1.1 " + status + " No\r\nContent-Length: 0\r\n\r\n");
                var transport = new SocketTransport(through(proxy, null))) {
            assertThat(Client.failed(transport.send(post("https://nowhere.test")))).isEqualTo(kind);
            assertThat(transport.statistics().open()).isZero();
        }
    }

    @Test
    void aProxyThatClosesIsAFailedConnect() {
        try (var proxy = ScriptedServer.on(Peer::request);
                var transport = new SocketTransport(through(proxy, null))) {
            assertThat(Client.failed(transport.send(post("https://nowhere.test"))))
                    .isEqualTo(FailureKind.CONNECT);
        }
    }

    @Test
    void aSilentProxyEndsWithTheConnectDeadline() {
        try (var proxy = ScriptedServer.on(Peer::linger);
                var transport = new SocketTransport(through(proxy, null))) {
            Duration late = Duration.ofSeconds(10);
            var target = UpstreamTarget.of(URI.create("https://nowhere.test"), List.of());
            var deadlines = new Deadlines(Duration.ofMillis(100), late, late, late);

            assertThat(Client.failed(transport.send(Client.request("POST", target, "", deadlines))))
                    .isEqualTo(FailureKind.TIMEOUT_CONNECT);
        }
    }

    @Test
    void refusesBytesThatAProxySlipsInBeforeTheTunnel() {
        try (var proxy =
                        ScriptedServer.answering("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
                var transport = new SocketTransport(through(proxy, null))) {
            assertThat(Client.failed(transport.send(post("https://nowhere.test"))))
                    .isEqualTo(FailureKind.PROTOCOL);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "http://api.test, api.test, false",
        "http://api.test, API.test, false",
        "http://a.api.test, api.test, false",
        "http://a.api.test, .api.test, false",
        "http://badapi.test, api.test, true",
        "http://api.test, '', true",
        "http://api.test, *, false",
        "http://api.test, api.test:80, false",
        "http://api.test:81, api.test:80, true",
        "http://10.0.0.1:8000, 10.0.0.1, false",
        "http://[::1]:8000, ::1, false",
        "http://[::1]:8000, [::1]:8000, false",
        "http://10.1.2.3, 10.0.0.0/8, false",
        "http://11.1.2.3, 10.0.0.0/8, true",
        "http://10.1.2.3, 10.1.2.0/33, true",
        "http://10.1.2.3, 10.1.2.0/x, true",
        "http://[fd00::1], fd00::/16, false",
        "http://10.test, 10.0.0.0/8, true",
    })
    void goesDirectlyWhereToldTo(String url, String noProxy, boolean proxied) {
        var proxy =
                new ProxySettings(
                        "proxy.test", 3128, new Secret("me:pass"), List.of("other.test", noProxy));
        Origin origin = UpstreamTarget.of(URI.create(url), List.of()).origin();

        assertThat(ProxyAccess.to(origin, proxy).absoluteForm()).isEqualTo(proxied);
        assertThat(proxy.toString() + ProxyAccess.to(origin, proxy))
                .doesNotContain("pass", "Basic");
    }
}

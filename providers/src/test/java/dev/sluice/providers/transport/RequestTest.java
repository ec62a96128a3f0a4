package dev.sluice.providers.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

@Timeout(30)
class RequestTest {

    private final SocketTransport transport = new SocketTransport(TransportSettings.defaults());

    @AfterEach
    void close() {
        transport.close();
    }

    private static UpstreamTarget target(String url) {
        return UpstreamTarget.of(URI.create(url), List.of());
    }

    private static String path(String url) {
        String direct = new String(target(url).direct(), ISO_8859_1);
        return direct.substring(1, direct.indexOf(" HTTP/1.1"));
    }

    @Test
    void sendsHeadAndBodyInOnePacket() throws Exception {
        CompletableFuture<String> packet = new CompletableFuture<>();
        try (var server =
                ScriptedServer.on(peer -> {
                    var buffer = new byte[10_000];
                    int count = peer.socket().getInputStream().read(buffer);
                    packet.complete(new String(buffer, 0, count, ISO_8859_1));
                    peer.send("HTTP/1.1 204 No Content\r\n\r\n");
                })) {
            byte[] text = "--{\"a\":\u00e9}--".getBytes(UTF_8);
            var request =
                    new UpstreamRequest(
                            "POST",
                            Client.target(server),
                            List.of(Map.entry("X-Extra", "\u00e9")),
                            List.of(
                                    new Slice(text, 2, 5),
                                    new Slice(text, 7, 0),
                                    new Slice(text, 7, 3)),
                            Client.PATIENT);

            assertThat(Client.answered(transport.send(request)).status()).isEqualTo(204);
            assertThat(packet.get())
                    .isEqualTo(
                            "POST /v1/chat HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer k\r\nX-Extra: \u00e9\r\nContent-Length: 8\r\n\r\n%s"
                                    .formatted(server.port(), new String(text, 2, 8, ISO_8859_1)));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET, ''",
        "DELETE, ''",
        "HEAD, ''",
        "POST, 'Content-Length: 0\r\n'",
        "PUT, 'Content-Length: 0\r\n'"
    })
    void statesALengthWhereABodyIsExpected(String method, String line) throws Exception {
        CompletableFuture<String> seen = new CompletableFuture<>();
        try (var server =
                ScriptedServer.on(peer -> {
                    seen.complete(String.valueOf(peer.request()));
                    peer.send("HTTP/1.1 204 No Content\r\n\r\n");
                })) {
            transport.send(Client.request(method, Client.target(server), "", Client.PATIENT));

            assertThat(seen.get()).endsWith("Authorization: Bearer k\r\n" + line + "\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {16_000, 16_384, 100_000, 3_000_000})
    void sendsLargeBodiesWhole(int length) throws IOException {
        String body = "0123456789abcdef".repeat(length / 16);
        try (var server =
                ScriptedServer.on(peer -> {
                    for (String request = peer.request();
                            request != null;
                            request = peer.request()) {
                        boolean whole = request.endsWith("\r\n\r\n" + body);
                        peer.send(
                                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"
                                        + (whole ? "y" : "n"));
                    }
                })) {
            for (int i = 0; i < 2; i++) {
                assertThat(
                                Client.text(
                                        transport.send(
                                                Client.request(
                                                        "POST",
                                                        Client.target(server),
                                                        body,
                                                        Client.PATIENT))))
                        .isEqualTo("y");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nX-Evil: b", "a\nb", "a\rb", "a\u0000b", "a\u007f", "\u20ac"})
    void letsNoValueSmuggleALine(String value) {
        var headers = List.of(Map.entry("X-Key", value));
        var target = target("http://h");

        assertThatThrownBy(() -> UpstreamTarget.of(URI.create("http://h"), headers))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("X-Key")
                .hasMessageNotContaining("Evil");
        assertThatThrownBy(() ->
                        new UpstreamRequest("GET", target, headers, List.of(), Client.PATIENT))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a b",
                "a:",
                "a\r\n",
                "\u00e9",
                "Content-Length",
                "transfer-encoding",
                "Connection",
                "HOST",
                "Accept-Encoding"
            })
    void refusesHeaderNamesThatAreNotTheCallersToSet(String name) {
        assertThatThrownBy(() ->
                        UpstreamTarget.of(URI.create("http://h"), List.of(Map.entry(name, "x"))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GET /x", "GE\r\nT", "CONNECT"})
    void refusesMethodsThatAreNone(String method) {
        assertThatThrownBy(() ->
                        new UpstreamRequest(
                                method, target("http://h"), List.of(), List.of(), Client.PATIENT))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "http://Host.Test, http://host.test, /",
        "https://host/v1/chat?api-version=2, https://host, /v1/chat?api-version=2",
        "https://host:443/a%20b, https://host, /a%20b",
        "https://host:80/, https://host:80, /",
        "http://my_service:8000/v1#part, http://my_service:8000, /v1",
        "http://[::1]:8080/v1, http://[::1]:8080, /v1",
        "http://[::1], http://[::1], /",
        "http://host/\u00e9, http://host, /%C3%A9",
    })
    void understandsUrls(String url, String origin, String path) {
        assertThat(target(url).origin()).hasToString(origin);
        assertThat(path(url)).isEqualTo(path);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://host/",
                "/v1",
                "mailto:x@y",
                "http:///v1",
                "http://user:pass@host/",
                "http://host:0/",
                "http://host:70000/",
                "http://host:x/",
                "http://h\u00f6st/",
            })
    void refusesUrlsThatCannotBeCalled(String url) {
        assertThatThrownBy(() -> target(url))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("pass@");
    }

    @Test
    void printsNoSecrets() {
        var target =
                UpstreamTarget.of(
                        URI.create("http://h/?key=sk-1"),
                        List.of(Map.entry("Authorization", "Bearer sk-2")));
        var request =
                new UpstreamRequest(
                        "GET",
                        target,
                        List.of(Map.entry("X", "sk-3")),
                        List.of(Slice.of(new byte[1])),
                        Client.PATIENT);

        assertThat(target + " " + request).doesNotContain("sk-");
    }
}

package dev.sluice.providers.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;

@Timeout(30)
class HeadTest {

    private static final int MAX_HEADER_BYTES = 64 * 1024;

    private final SocketTransport transport =
            new SocketTransport(TransportSettings.defaults().withMaxHeaderBytes(MAX_HEADER_BYTES));

    @AfterEach
    void close() {
        transport.close();
    }

    private Exchange answerTo(String answer) {
        try (var server = ScriptedServer.answering(answer)) {
            return transport.send(Client.post(server));
        }
    }

    @Test
    void findsHeadersInAnyCaseAndTrimsTheirValues() {
        UpstreamResponse response =
                Client.answered(
                        answerTo(
                                "HTTP/1.1 429\r\nX-A:\t one \r\nx-a: two\r\nX-Empty:\r\nX-L: \u00e9\r\nContent-Length: 0\r\n\r\n"));

        assertThat(response.status()).isEqualTo(429);
        assertThat(response.header("x-A")).isEqualTo("one");
        assertThat(response.header("X-EMPTY")).isEmpty();
        assertThat(response.header("x-l")).isEqualTo("\u00e9");
        assertThat(response.header("x")).isNull();
        assertThat(response.headers())
                .containsExactly(
                        new Header("X-A", "one"),
                        new Header("x-a", "two"),
                        new Header("X-Empty", ""),
                        new Header("X-L", "\u00e9"),
                        new Header("Content-Length", "0"));
    }

    @Test
    void skipsInterimAnswers() throws IOException {
        String interim =
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\nContent-Length: 9\r\n\r\n";
        try (var server =
                ScriptedServer.on(peer -> {
                    while (peer.request() != null) {
                        peer.drip(interim + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                    }
                })) {
            assertThat(Client.text(transport.send(Client.post(server)))).isEqualTo("ok");
            assertThat(Client.text(transport.send(Client.post(server)))).isEqualTo("ok");
        }
    }

    @Test
    void boundsTheNumberOfInterimAnswers() {
        assertThat(Client.failed(answerTo("HTTP/1.1 100 Continue\r\n\r\n".repeat(20))))
                .isEqualTo(FailureKind.PROTOCOL);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/2 200 OK~~",
                "HTTP/1.2 200 OK~~",
                "http/1.1 200 OK~~",
                "HTTP/1.1 99 Low~~",
                "HTTP/1.1 600 High~~",
                "HTTP/1.1 2000 Long~~",
                "HTTP/1.1  200 OK~~",
                "HTTP/1.1 200 O\u0001K~~",
                "HTTP/1.1 101 Switching Protocols~~",
                "ICY 200 OK~~",
                "~~",
                "~HTTP/1.1 200 OK~~",
                "SSH-2.0-OpenSSH_9.2\r\n",
                "\n",
                "HTTP/1.1 200 OK\n\n",
                "HTTP/1.1 200 OK~A: b\n~",
                "HTTP/1.1 200 OK~A: b\rC: d~~",
                "HTTP/1.1 200 OK~A: b~ folded~~",
                "HTTP/1.1 200 OK~A : b~~",
                "HTTP/1.1 200 OK~: b~~",
                "HTTP/1.1 200 OK~A~~",
                "HTTP/1.1 200 OK~A\u00e9: b~~",
                "HTTP/1.1 200 OK~A: b\u0000~~",
                "HTTP/1.1 200 OK~A: b\u007f~~",
                "HTTP/1.1 200 OK~Content-Length: 2~Transfer-Encoding: chunked~~2~ok~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~Content-Length: 2~~2~ok~0~~",
                "HTTP/1.1 200 OK~Content-Length: 2~Content-Length: 3~~ok",
                "HTTP/1.1 200 OK~Content-Length: 2, 3~~ok",
                "HTTP/1.1 200 OK~Content-Length: 2,~~ok",
                "HTTP/1.1 200 OK~Content-Length: +2~~ok",
                "HTTP/1.1 200 OK~Content-Length: -2~~ok",
                "HTTP/1.1 200 OK~Content-Length: 0x2~~ok",
                "HTTP/1.1 200 OK~Content-Length:~~ok",
                "HTTP/1.1 200 OK~Content-Length: 9999999999999999999~~ok",
                "HTTP/1.1 200 OK~Transfer-Encoding: gzip, chunked~~2~ok~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~Transfer-Encoding: chunked~~2~ok~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: identity~~ok",
                "HTTP/1.0 200 OK~Transfer-Encoding: chunked~~2~ok~0~~",
            })
    void refusesWhatIsNotStrictHttp(String answer) {
        assertThat(Client.failed(answerTo(answer.replace("~", "\r\n"))))
                .isEqualTo(FailureKind.PROTOCOL);
        assertThat(transport.statistics().open()).isZero();
    }

    @Test
    void takesALargeHeadAndRefusesATooLargeOne() throws IOException {
        String padding = "X-Pad: " + "p".repeat(1_000) + "\r\n";
        String start = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n";
        int lines = (MAX_HEADER_BYTES - start.length() - 2) / padding.length();

        assertThat(Client.text(answerTo(start + padding.repeat(lines) + "\r\nok"))).isEqualTo("ok");
        assertThat(Client.failed(answerTo(start + padding.repeat(lines + 1) + "\r\nok")))
                .isEqualTo(FailureKind.PROTOCOL);
        assertThat(Client.failed(answerTo("HTTP/1.1 200 OK\r\nX: " + "p".repeat(MAX_HEADER_BYTES))))
                .isEqualTo(FailureKind.PROTOCOL);
    }

    @Test
    void neverRepeatsWhatTheUpstreamSentInAReason() {
        var failed =
                (Exchange.Failed) answerTo("HTTP/1.1 200 OK\r\nX-Secret: sk-\u0001123\r\n\r\n");

        assertThat(failed.reason()).doesNotContain("sk-").doesNotContain("Secret");
    }
}

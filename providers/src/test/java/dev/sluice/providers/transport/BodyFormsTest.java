package dev.sluice.providers.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;

@Timeout(30)
class BodyFormsTest {

    private static final String OK = "HTTP/1.1 200 OK\r\n";
    private static final String CHUNKED = OK + "Transfer-Encoding: chunked\r\n\r\n";

    private final SocketTransport transport = new SocketTransport(TransportSettings.defaults());

    @AfterEach
    void close() {
        transport.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Content-Length: 5~~hello | hello",
                "content-LENGTH:5~~hello | hello",
                "Content-Length: 5, 5~Content-Length: 5~~hello | hello",
                "Content-Length: 0~~ | ''",
                "Transfer-Encoding: chunked~~5~hello~0~~ | hello",
                "Transfer-Encoding: Chunked~~2~he~3~llo~0~~ | hello",
                "Transfer-Encoding: chunked~~5;name=value;other=\"x\"~hello~0;last~~ | hello",
                "Transfer-Encoding: chunked~~05 ~hello~000~~ | hello",
                "Transfer-Encoding: chunked~~5~hello~0~X-Trailer: one~X-Other: two~~ | hello",
                "Transfer-Encoding: chunked~~0~~ | ''",
                "Transfer-Encoding: chunked~~A~0123456789~b~0123456789a~0~~ | 01234567890123456789a",
            })
    void readsEveryFormWholeAndByteByByteAndKeepsTheConnection(String form, String body)
            throws IOException {
        String answer = OK + form.replace("~", "\r\n");
        var server =
                ScriptedServer.on(peer -> {
                    peer.request();
                    peer.send(answer);
                    peer.request();
                    peer.drip(answer);
                    peer.linger();
                });

        try (server) {
            assertThat(Client.text(transport.send(Client.post(server)))).isEqualTo(body);
            assertThat(Client.text(transport.send(Client.post(server)))).isEqualTo(body);
            assertThat(server.accepted()).isEqualTo(1);
            assertThat(transport.statistics()).isEqualTo(new TransportStatistics(1, 1, 0, 1, 0));
        }
    }

    @Test
    void readsToTheCloseWhenNothingElseEndsTheBody() throws IOException {
        try (var server =
                ScriptedServer.on(peer -> {
                    peer.request();
                    peer.drip(OK + "\r\nhello");
                })) {
            Exchange exchange = transport.send(Client.post(server));

            assertThat(Client.answered(exchange).contentLength()).isEqualTo(-1);
            assertThat(Client.text(exchange)).isEqualTo("hello");
            assertThat(transport.statistics().open()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {204, 304})
    void takesNoBodyFromStatusesThatHaveNone(int status) throws IOException {
        try (var server =
                ScriptedServer.answering(
                        "HTTP/1.1 " + status + " None\r\nContent-Length: 5\r\n\r\n")) {
            assertThat(Client.text(transport.send(Client.post(server)))).isEmpty();
            assertThat(Client.text(transport.send(Client.post(server)))).isEmpty();
            assertThat(server.accepted()).isEqualTo(1);
        }
    }

    @Test
    void takesNoBodyAfterHead() throws IOException {
        try (var server = ScriptedServer.answering(OK + "Content-Length: 5\r\n\r\n")) {
            var request = Client.request("HEAD", Client.target(server), "", Client.PATIENT);

            try (UpstreamResponse response = Client.answered(transport.send(request))) {
                assertThat(response.header("content-length")).isEqualTo("5");
                assertThat(response.readAll(10)).isEmpty();
            }
        }
    }

    @Test
    void handsOutWhatIsThereWithoutWaitingForMore() throws IOException {
        try (var server =
                ScriptedServer.on(peer -> {
                    peer.request();
                    peer.send(CHUNKED + "3\r\none\r\n3\r\ntwo\r\n");
                    peer.linger();
                })) {
            var into = new byte[100];

            try (UpstreamResponse response = Client.answered(transport.send(Client.post(server)))) {
                int count = response.read(into, 10, 90);

                assertThat(
                                new String(
                                        into,
                                        10,
                                        count,
                                        java.nio.charset.StandardCharsets.ISO_8859_1))
                        .startsWith("one");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 16_384, 100_000})
    void readsLargeBodiesInPiecesOfAnySize(int piece) throws IOException {
        String body = "0123456789".repeat(20_000);
        String chunks =
                "4e20\r\n"
                        + body.substring(0, 20_000)
                        + "\r\n2bf20\r\n"
                        + body.substring(20_000)
                        + "\r\n0\r\n\r\n";
        for (String answer :
                List.of(OK + "Content-Length: 200000\r\n\r\n" + body, CHUNKED + chunks)) {
            try (var server = ScriptedServer.answering(answer);
                    UpstreamResponse response =
                            Client.answered(transport.send(Client.post(server)))) {
                assertThat(readInPieces(response, piece)).isEqualTo(body);
            }
        }
    }

    private static String readInPieces(UpstreamResponse response, int piece) throws IOException {
        var into = new byte[piece];
        var text = new StringBuilder();
        for (int count = response.read(into, 0, piece);
                count >= 0;
                count = response.read(into, 0, piece)) {
            text.append(new String(into, 0, count, java.nio.charset.StandardCharsets.ISO_8859_1));
        }
        return text.toString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 6~~hello",
                "Transfer-Encoding: chunked~~5~hel",
                "Transfer-Encoding: chunked~~5~hello",
                "Transfer-Encoding: chunked~~5~hello~",
                "Transfer-Encoding: chunked~~5~hello~0~",
                "Transfer-Encoding: chunked~~5~hello~0~X-Trailer: cut",
            })
    void tellsACutBodyFromAWholeOne(String form) {
        try (var server =
                ScriptedServer.on(peer -> {
                    peer.request();
                    peer.send(OK + form.replace("~", "\r\n"));
                })) {
            assertThatThrownBy(() -> Client.text(transport.send(Client.post(server))))
                    .isInstanceOfSatisfying(
                            TruncatedBodyException.class,
                            e -> assertThat(e.kind()).isEqualTo(FailureKind.BROKEN));
            assertThat(transport.statistics().open()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "~hello",
                "x~hello~0~~",
                "-5~hello~0~~",
                "5 5~hello~0~~",
                "0x5~hello~0~~",
                "fffffffffffffffff~hello~0~~",
                "4~hello~0~~",
                "6~hello~0~~0~~",
                "5\nhello~0~~",
                "5~hello\n0~~",
            })
    void refusesBadChunksAfterTheSoundOnes(String bad) throws IOException {
        try (var server =
                        ScriptedServer.answering(
                                CHUNKED + "5\r\nsound\r\n" + bad.replace("~", "\r\n"));
                UpstreamResponse response = Client.answered(transport.send(Client.post(server)))) {
            var into = new byte[100];

            assertThat(response.read(into, 0, 5)).isEqualTo(5);
            assertThat(into).startsWith('s', 'o', 'u', 'n', 'd');
            assertThatThrownBy(() -> response.readAll(100))
                    .isInstanceOfSatisfying(
                            MalformedBodyException.class,
                            e -> assertThat(e.kind()).isEqualTo(FailureKind.PROTOCOL));
            assertThat(transport.statistics().open()).isZero();
        }
    }

    @Test
    void boundsChunkExtensionsAndTrailers() throws IOException {
        String endless = "x".repeat(9_000);
        String trailers = ("X-T: " + "x".repeat(1_000) + "\r\n").repeat(70);
        for (String bad :
                List.of(
                        "5;" + endless + "\r\nhello\r\n0\r\n\r\n",
                        "5;" + endless,
                        "0\r\n" + trailers + "\r\n")) {
            try (var server = ScriptedServer.answering(CHUNKED + bad)) {
                assertThatThrownBy(() -> Client.text(transport.send(Client.post(server))))
                        .isInstanceOf(MalformedBodyException.class);
            }
        }
    }

    @Test
    void boundsWhatReadAllTakes() throws IOException {
        for (String answer :
                List.of(
                        OK + "Content-Length: 6\r\n\r\nhello!",
                        CHUNKED + "6\r\nhello!\r\n0\r\n\r\n",
                        OK + "Connection: close\r\n\r\nhello!")) {
            try (var server =
                    ScriptedServer.on(peer -> {
                        peer.request();
                        peer.send(answer);
                    })) {
                assertThatThrownBy(() ->
                                Client.answered(transport.send(Client.fresh(server))).readAll(5))
                        .isInstanceOf(BodyTooLargeException.class);
                assertThat(Client.answered(transport.send(Client.fresh(server))).readAll(6))
                        .hasSize(6);
                assertThat(transport.statistics().open() - transport.statistics().idle()).isZero();
            }
        }
    }

    @Test
    void canBeMadeOfAnyStream() throws IOException {
        var response =
                UpstreamResponse.of(
                        201,
                        List.of(new Header("X-One", "1"), new Header("x-two", "")),
                        new ByteArrayInputStream(new byte[20_000]));

        assertThat(response.status()).isEqualTo(201);
        assertThat(response.header("x-one")).isEqualTo("1");
        assertThat(response.header("X-TWO")).isEmpty();
        assertThat(response.header("x-three")).isNull();
        assertThat(response.headers()).extracting(Header::name).containsExactly("X-One", "x-two");
        assertThat(response.readAll(20_000)).hasSize(20_000);
    }
}

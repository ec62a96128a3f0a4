package dev.sluice.providers.gemini;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.protocol.GeminiProtocol;
import dev.sluice.providers.protocol.Preparation;
import dev.sluice.providers.protocol.Protocol;
import dev.sluice.providers.protocol.ProtocolSettings;
import dev.sluice.providers.transport.Deadlines;
import dev.sluice.providers.transport.SocketTransport;
import dev.sluice.providers.transport.TransportSettings;
import dev.sluice.providers.transport.UpstreamRequest;
import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Where calls go, and as whom. */
class GeminiTargetsTest {

    private static final String HI =
            "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stream\":";

    @Test
    void studioIsCalledWithItsKey() throws Exception {
        String head =
                head(base ->
                        Calls.ready(
                                GeminiProtocol.studio(settings("gemini-2.5-flash", base)),
                                HI + "false}"));
        assertThat(head)
                .startsWith("POST /models/gemini-2.5-flash:generateContent HTTP/1.1\r\n")
                .contains("x-goog-api-key: test-key\r\n")
                .contains("x-extra: extra\r\n")
                .contains("content-type: application/json\r\n");
    }

    @Test
    void streamsHaveAPathOfTheirOwn() throws Exception {
        String head =
                head(base ->
                        Calls.ready(
                                GeminiProtocol.studio(
                                        settings("models/gemini-2.5-flash", base + "/")),
                                HI + "true}"));
        assertThat(head)
                .startsWith(
                        "POST /models/gemini-2.5-flash:streamGenerateContent?alt=sse HTTP/1.1\r\n");
    }

    @Test
    void vertexIsCalledWithATokenOfTheMoment() throws Exception {
        String head = head(base -> Calls.ready(vertex("gemini-2.5-flash", base), HI + "false}"));
        assertThat(head)
                .startsWith(
                        "POST /projects/test-project/locations/europe-west4/publishers/google/models"
                                + "/gemini-2.5-flash:generateContent HTTP/1.1\r\n")
                .contains("authorization: Bearer token\r\n")
                .doesNotContain("x-goog-api-key");
    }

    @Test
    void theTierGoesInVertexHeadersAndInStudiosBody() {
        String request = HI + "false,\"service_tier\":\"flex\"}";
        Preparation.Ready vertex = Calls.ready(Calls.vertex("gemini-2.5-flash"), request);
        assertThat(vertex.headers())
                .contains(Map.entry("x-vertex-ai-llm-shared-request-type", "flex"));
        assertThat(Calls.body(vertex).has("serviceTier")).isFalse();
        Preparation.Ready studio = Calls.ready(Calls.studio("gemini-2.5-flash"), request);
        assertThat(Calls.body(studio).path("serviceTier").asText()).isEqualTo("flex");
        assertThat(studio.headers()).isEmpty();
    }

    @Test
    void embeddingsGoWhereTheModelMakesThem() throws Exception {
        for (Map.Entry<String, String> expected :
                Map.of("text-embedding-005", ":predict", "gemini-embedding-2", ":embedContent")
                        .entrySet()) {
            String head =
                    head(base ->
                            Calls.ready(
                                    Calls.prepare(
                                            vertex(expected.getKey(), base),
                                            Endpoint.EMBEDDINGS,
                                            "{\"model\":\"m\",\"input\":\"a\"}")));
            assertThat(head).contains("/" + expected.getKey() + expected.getValue() + " HTTP/1.1");
        }
    }

    @Test
    void modelsThatWereTunedAreEndpoints() throws Exception {
        assertThat(head(base -> Calls.ready(vertex("123", base), HI + "false}")))
                .contains("/locations/europe-west4/endpoints/123:generateContent");
    }

    @Test
    void regionsOfVertexHaveTheirHosts() {
        assertThat(Calls.ready(Calls.vertex("gemini-2.5-flash"), HI + "false}").target())
                .hasToString("https://europe-west4-aiplatform.googleapis.com");
        assertThat(Calls.ready(Calls.studio("gemini-2.5-flash"), HI + "false}").target())
                .hasToString("https://generativelanguage.googleapis.com");
    }

    @Test
    void withoutATokenAnotherDeploymentMayDo() {
        Protocol protocol =
                GeminiProtocol.vertex(settings("gemini-2.5-flash", null), Optional::empty);
        assertThat(Calls.prepare(protocol, Endpoint.CHAT_COMPLETIONS, HI + "false}"))
                .isInstanceOf(Preparation.NotNow.class);
    }

    @Test
    void textCompletionsAreNotGooglesToMake() {
        Protocol protocol = Calls.studio("gemini-2.5-flash");
        assertThat(protocol.serves(Endpoint.COMPLETIONS)).isFalse();
        assertThat(
                        Calls.prepare(
                                protocol,
                                Endpoint.COMPLETIONS,
                                "{\"model\":\"m\",\"prompt\":\"a\"}"))
                .isInstanceOf(Preparation.Unsupported.class);
    }

    @Test
    void namesThatAreNoPartOfAUrlAreRefused() {
        assertThatThrownBy(() -> Calls.studio("a b")).isInstanceOf(IllegalArgumentException.class);
    }

    private static ProtocolSettings settings(String model, @Nullable String base) {
        return Calls.settings(model, base, ProtocolSettings.Parameters.STRICT);
    }

    private static Protocol vertex(String model, String base) {
        return GeminiProtocol.vertex(settings(model, base), () -> Optional.of(new Secret("token")));
    }

    @FunctionalInterface
    private interface Call {
        Preparation.Ready at(String base);
    }

    /** The head of the request as it crosses the wire. */
    private static String head(Call call) throws Exception {
        var seen = new CompletableFuture<String>();
        try (var listener = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
                var transport = new SocketTransport(TransportSettings.defaults())) {
            Thread.ofVirtual().start(() -> serve(listener, seen));
            Preparation.Ready ready = call.at("http://127.0.0.1:" + listener.getLocalPort());
            Duration wait = Duration.ofSeconds(5);
            transport.send(
                    new UpstreamRequest(
                            "POST",
                            ready.target(),
                            ready.headers(),
                            ready.body(),
                            new Deadlines(wait, wait, wait, wait),
                            true));
            return seen.get(10, TimeUnit.SECONDS);
        }
    }

    private static void serve(ServerSocket listener, CompletableFuture<String> seen) {
        try (Socket socket = listener.accept()) {
            var head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                byte[] some = new byte[4096];
                int count = socket.getInputStream().read(some);
                if (count < 0) {
                    break;
                }
                head.append(new String(some, 0, count, ISO_8859_1));
            }
            seen.complete(head.toString());
        } catch (IOException e) {
            seen.completeExceptionally(e);
        }
    }
}

package dev.sluice.providers.anthropic;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;

import dev.sluice.providers.protocol.AnthropicProtocol;
import dev.sluice.providers.protocol.Preparation;
import dev.sluice.providers.protocol.ProtocolSettings;
import dev.sluice.providers.transport.Deadlines;
import dev.sluice.providers.transport.Exchange;
import dev.sluice.providers.transport.SocketTransport;
import dev.sluice.providers.transport.TransportSettings;
import dev.sluice.providers.transport.UpstreamRequest;
import dev.sluice.providers.transport.UpstreamResponse;
import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What arrives at the provider, over a socket. */
class AnthropicProtocolTest {

    private record Arrived(String path, Headers headers, String body) {}

    private final BlockingQueue<Arrived> arrived = new LinkedBlockingQueue<>();
    private @Nullable HttpServer server;

    @BeforeEach
    void start() throws IOException {
        HttpServer started =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        started.createContext(
                "/",
                exchange -> {
                    arrived.add(
                            new Arrived(
                                    exchange.getRequestURI().toString(),
                                    exchange.getRequestHeaders(),
                                    new String(exchange.getRequestBody().readAllBytes(), UTF_8)));
                    exchange.sendResponseHeaders(200, -1);
                    exchange.close();
                });
        started.start();
        server = started;
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.stop(0);
        }
    }

    private String base() {
        return server == null ? "" : "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private Arrived send(@Nullable String key, String path, Map<String, Secret> headers)
            throws Exception {
        var protocol =
                new AnthropicProtocol(
                        new ProtocolSettings(
                                "anthropic",
                                "claude-sonnet-4-5",
                                key == null ? null : new Secret(key),
                                base() + path,
                                null,
                                null,
                                ProtocolSettings.Parameters.STRICT,
                                headers,
                                Map.of("inference_geo", "eu"),
                                Map.of("max_tokens", 77),
                                name ->
                                        "ANTHROPIC_API_KEY".equals(name)
                                                ? "sk-environment"
                                                : null));
        Preparation.Ready ready =
                Anthropic.ready(
                        Anthropic.prepare(
                                protocol,
                                Recordings.tree(
                                        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\","
                                                + "\"content\":\"Hi\"}]}")));
        Duration ten = Duration.ofSeconds(10);
        try (var transport = new SocketTransport(TransportSettings.defaults())) {
            Exchange exchange =
                    transport.send(
                            new UpstreamRequest(
                                    "POST",
                                    ready.target(),
                                    ready.headers(),
                                    ready.body(),
                                    new Deadlines(ten, ten, ten, ten)));
            assertThat(exchange).isInstanceOf(Exchange.Answered.class);
            try (UpstreamResponse response = ((Exchange.Answered) exchange).response()) {
                response.readAll(10);
            }
        }
        Arrived one = arrived.poll(10, TimeUnit.SECONDS);
        assertThat(one).isNotNull();
        return one == null ? new Arrived("", new Headers(), "") : one;
    }

    @Test
    void theKeyTheVersionAndTheConfigsFieldsArrive() throws Exception {
        Arrived one = send("sk-ant-api-1", "", Map.of("X-Team", new Secret("blue")));

        assertThat(one.path()).isEqualTo("/v1/messages");
        assertThat(one.headers().getFirst("x-api-key")).isEqualTo("sk-ant-api-1");
        assertThat(one.headers().getFirst("anthropic-version")).isEqualTo("2023-06-01");
        assertThat(one.headers().getFirst("content-type")).isEqualTo("application/json");
        assertThat(one.headers().getFirst("x-team")).isEqualTo("blue");
        assertThat(one.headers().containsKey("authorization")).isFalse();
        assertThat(Recordings.tree(one.body()).path("inference_geo").asText()).isEqualTo("eu");
        assertThat(Recordings.tree(one.body()).path("max_tokens").asInt()).isEqualTo(77);
    }

    @Test
    void tokensOfPeopleAndKeysOfTheEnvironmentAreSentAsTheyMustBe() throws Exception {
        Arrived person = send("sk-ant-oat01-x", "", Map.of());
        assertThat(person.headers().getFirst("authorization")).isEqualTo("Bearer sk-ant-oat01-x");
        assertThat(person.headers().getFirst("anthropic-beta")).contains("oauth");
        assertThat(person.headers().containsKey("x-api-key")).isFalse();

        assertThat(send(null, "", Map.of()).headers().getFirst("x-api-key"))
                .isEqualTo("sk-environment");
    }

    @Test
    void theOperatorsHeadersHoldAgainstOurs() throws Exception {
        Arrived one = send("k", "", Map.of("Anthropic-Version", new Secret("2030-01-01")));
        assertThat(one.headers().get("anthropic-version")).containsExactly("2030-01-01");
    }

    @ParameterizedTest
    @CsvSource({
        "/,/v1/messages",
        "/v1,/v1/messages",
        "/proxy/v1/,/proxy/v1/messages",
        "/proxy/v1/messages,/proxy/v1/messages",
        "/anthropic,/anthropic/v1/messages"
    })
    void theBaseMayEndAnywhere(String base, String path) throws Exception {
        assertThat(send("k", base, Map.of()).path()).isEqualTo(path);
    }
}

package dev.sluice.providers.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Requests as tests make them, and their answers as text. */
final class Client {

    static final Deadlines PATIENT = deadlines(Duration.ofSeconds(10), Duration.ofSeconds(10));

    private Client() {}

    /** Whole seconds for what the test is not about. */
    static Deadlines deadlines(Duration firstByte, Duration idle) {
        return new Deadlines(Duration.ofSeconds(10), firstByte, idle, Duration.ofSeconds(20));
    }

    static UpstreamTarget target(ScriptedServer server) {
        return UpstreamTarget.of(
                URI.create("http://127.0.0.1:" + server.port() + "/v1/chat"),
                List.of(Map.entry("Authorization", "Bearer k")));
    }

    static UpstreamRequest post(ScriptedServer server) {
        return post(server, PATIENT);
    }

    /** For servers that hang up after each answer. */
    static UpstreamRequest fresh(ScriptedServer server) {
        UpstreamRequest request = post(server);
        return new UpstreamRequest(
                request.method(),
                request.target(),
                request.extraHeaders(),
                request.body(),
                request.deadlines(),
                true);
    }

    static UpstreamRequest post(ScriptedServer server, Deadlines deadlines) {
        return request("POST", target(server), "{}", deadlines);
    }

    static UpstreamRequest request(
            String method, UpstreamTarget target, String body, Deadlines deadlines) {
        List<Slice> slices = body.isEmpty() ? List.of() : List.of(Slice.of(body.getBytes(UTF_8)));
        return new UpstreamRequest(method, target, List.of(), slices, deadlines);
    }

    static UpstreamResponse answered(Exchange exchange) {
        return switch (exchange) {
            case Exchange.Answered(var response) -> response;
            case Exchange.Failed(var kind, var reason) -> fail("failed: " + kind + ", " + reason);
        };
    }

    static FailureKind failed(Exchange exchange) {
        assertThat(exchange).isInstanceOf(Exchange.Failed.class);
        return ((Exchange.Failed) exchange).kind();
    }

    /** The whole body, after which the connection is free. */
    static String text(Exchange exchange) throws IOException {
        try (UpstreamResponse response = answered(exchange)) {
            return new String(response.readAll(10_000_000), ISO_8859_1);
        }
    }
}

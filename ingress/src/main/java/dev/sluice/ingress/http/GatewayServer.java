package dev.sluice.ingress.http;

import dev.sluice.ingress.auth.Authenticator;
import dev.sluice.ingress.books.CallBooks;
import dev.sluice.ingress.cache.AnswerCache;
import dev.sluice.ingress.dispatch.Dispatcher;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.ingress.metrics.GatewayMetrics;
import dev.sluice.ingress.upstream.ModelCatalog;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.transport.UpstreamTransport;
import dev.sluice.schemas.config.GatewayConfig.HttpLimits;
import dev.sluice.schemas.config.Secret;

import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http1.Http1Config;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/** The HTTP server with all its routes. */
public final class GatewayServer implements AutoCloseable {

    private static final Duration GRACE = Duration.ofSeconds(5);
    private static final int LARGEST_HEAD_BYTES = 32 * 1024;

    private final WebServer server;
    private final BodyWatch watch = new BodyWatch();

    /** What the routes need. */
    public record Parts(
            Authenticator authenticator,
            ModelCatalog catalog,
            AnswerCache cache,
            CallBooks books,
            Dispatcher dispatcher,
            UpstreamTransport transport,
            HealthHandlers health,
            GatewayMetrics metrics,
            PrometheusMeterRegistry registry) {}

    /** A server that is not started yet; {@code port} 0 takes any free one. */
    public GatewayServer(
            String host,
            int port,
            HttpLimits limits,
            Parts parts,
            @Nullable URI spendAggregator,
            Secret credential) {
        var bodies = new BodyReader(limits, watch);
        parts.metrics()
                .gauge(
                        "sluice_request_bytes_in_flight",
                        "Bytes of all bodies being read or served",
                        bodies,
                        BodyReader::bytesInFlight);
        var replay = new CacheReplay(parts.books());
        Map<Endpoint, CompletionHandler> completions = new EnumMap<>(Endpoint.class);
        for (Endpoint endpoint : Endpoint.values()) {
            completions.put(
                    endpoint,
                    new CompletionHandler(
                            endpoint,
                            parts.authenticator(),
                            bodies,
                            parts.catalog(),
                            parts.cache(),
                            replay,
                            parts.dispatcher(),
                            parts.metrics()));
        }
        this.server =
                WebServer.builder()
                        .host(host)
                        .port(port)
                        .shutdownHook(false)
                        .shutdownGracePeriod(GRACE)
                        .maxTcpConnections(limits.maxConnections())
                        // A backstop against one giant chunk; the bound itself is BodyReader's.
                        .maxPayloadSize(limits.maxRequestBytes() * 4)
                        .connectionOptions(socket -> socket.tcpNoDelay(true))
                        .addProtocol(
                                Http1Config.builder()
                                        .maxHeadersSize(LARGEST_HEAD_BYTES)
                                        .maxPrologueLength(LARGEST_HEAD_BYTES / 4)
                                        .build())
                        .addConnectionSelector(new ForeignProtocolSelector())
                        .directHandlers(directErrors())
                        .routing(routing ->
                                GatewayRoutes.register(
                                        routing,
                                        completions,
                                        new ModelsHandler(parts.authenticator(), parts.catalog()),
                                        new SpendLogsHandler(
                                                parts.authenticator(),
                                                spendAggregator,
                                                credential,
                                                parts.transport()),
                                        parts.health(),
                                        parts.registry()))
                        .build();
    }

    /** What the server refuses before any route sees it, in OpenAI's form too. */
    private static DirectHandlers directErrors() {
        var handlers = DirectHandlers.builder();
        DirectHandler handler =
                (_, _, status, headers, message) -> {
                    Status answered = status.code() < 400 ? Status.BAD_REQUEST_400 : status;
                    headers.set(Answers.JSON);
                    headers.set(HeaderNames.CONNECTION, "close");
                    return DirectHandler.TransportResponse.builder()
                            .status(answered)
                            .headers(headers)
                            .entity(directError(answered).body())
                            .keepAlive(false)
                            .build();
                };
        for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
            handlers.addHandler(type, handler);
        }
        return handlers.build();
    }

    private static ApiError directError(Status status) {
        return switch (status.code()) {
            case 404 -> ApiError.of(404, "not_found_error", "There is nothing at this path.");
            case 413 -> ApiError.of(413, "invalid_request_error", "The body is too large.");
            case 503 ->
                    ApiError.of(503, "service_unavailable_error", "Too many requests are open.");
            default ->
                    status.code() >= 500
                            ? ApiError.of(status.code(), "internal_server_error", "Internal error.")
                            : ApiError.of(
                                    status.code(),
                                    "invalid_request_error",
                                    "The request is not valid HTTP.");
        };
    }

    /** Listens. */
    public void start() {
        watch.start();
        server.start();
    }

    /** The port that it listens on. */
    public int port() {
        return server.port();
    }

    /** Accepts no more, and gives open calls five seconds to end. */
    @Override
    public void close() {
        server.stop();
        watch.close();
    }
}

package dev.sluice.ingress.http;

import dev.sluice.ingress.IngressSettings.InternalListener;
import dev.sluice.ingress.accounts.AccountsView;
import dev.sluice.ingress.accounts.KeyDirectory;
import dev.sluice.ingress.admission.CallAdmission;
import dev.sluice.ingress.auth.AccessSettings;
import dev.sluice.ingress.auth.AllowedAddresses;
import dev.sluice.ingress.auth.Authenticator;
import dev.sluice.ingress.auth.ModelAccess;
import dev.sluice.ingress.auth.RequestRules;
import dev.sluice.ingress.auth.RouteAccess;
import dev.sluice.ingress.books.CallBooks;
import dev.sluice.ingress.cache.CacheTiers;
import dev.sluice.ingress.dispatch.Dispatcher;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.ingress.metrics.GatewayMetrics;
import dev.sluice.ingress.similar.SimilarAnswers;
import dev.sluice.ingress.upstream.ModelCatalog;
import dev.sluice.providers.counting.TokenCounter;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.transport.UpstreamTransport;
import dev.sluice.schemas.config.CacheRules;
import dev.sluice.schemas.config.GatewayConfig.HttpLimits;
import dev.sluice.schemas.config.GatewayConfig.ModelEntry;
import dev.sluice.schemas.config.Secret;

import io.helidon.common.tls.Tls;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http1.Http1Config;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.http.HttpClient;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** The HTTP server with all its routes. */
public final class GatewayServer implements AutoCloseable {

    private static final Duration GRACE = Duration.ofSeconds(5);
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
    private static final int LARGEST_HEAD_BYTES = 32 * 1024;
    private static final int INTERNAL_CONNECTIONS_MAX = 1_024;
    private static final long MANAGEMENT_BYTES_IN_FLIGHT = 32L << 20;

    private final WebServer server;
    private final BodyWatch watch = new BodyWatch();
    private final LiveLoad load;
    private final HeadWatch heads;
    private final Parts parts;
    private final BodyReader bodies;
    private final ExecutorService batchThreads = Executors.newVirtualThreadPerTaskExecutor();
    private final TokenCounter tokenCounter = new TokenCounter();
    private final BodyReader smallBodies;
    private final Duration bodyTimeout;
    private final HttpClient batchClient;
    private final CallHeaders headers;
    private final ResponseIds responseIds;
    private final AtomicReference<GatewayRoutes.Handlers> current;
    private final AtomicReference<Map<String, CompletionHandler>> currentInternal;
    private final @Nullable WebServer internal;

    /**
     * What the routes need as long as the server runs.
     *
     * @param directory where end users are looked up
     * @param accounts what answers of the management API wait for, null for nothing
     * @param spentPico what the books show of an account, by its record key
     * @param similar where answers to similar questions are found, null for nowhere
     * @param spendAggregator where reports and management calls go, null for nowhere
     * @param batchService where files and batches go, null for nowhere
     * @param credential what the services show each other
     * @param signingKey what all ingresses seal by, null where there is none
     * @param internal where our own services call, null for nowhere
     */
    public record Parts(
            KeyDirectory directory,
            @Nullable AccountsView accounts,
            ToLongFunction<String> spentPico,
            CacheTiers cache,
            @Nullable SimilarAnswers similar,
            CallBooks books,
            UpstreamTransport transport,
            @Nullable URI spendAggregator,
            @Nullable URI batchService,
            Secret credential,
            @Nullable Secret signingKey,
            @Nullable InternalListener internal,
            HealthHandlers health,
            GatewayMetrics metrics,
            PrometheusMeterRegistry registry) {}

    /**
     * What the routes go by until the config changes.
     *
     * @param services tells our own services, on their listener
     */
    public record Rules(
            Authenticator authenticator,
            Authenticator services,
            AccessSettings access,
            CallAdmission admission,
            ModelCatalog catalog,
            List<ModelEntry> models,
            CacheRules caching,
            Dispatcher dispatcher) {}

    /** A server that is not started yet; {@code port} 0 takes any free one. */
    public GatewayServer(
            String host, int port, Optional<Tls> tls, HttpLimits limits, Parts parts, Rules rules) {
        this.parts = parts;
        this.load = LiveLoad.ofMachine(parts.metrics()::requestsStarted);
        this.heads = new HeadWatch(limits.headerTimeout());
        this.bodies = new BodyReader(limits, watch);
        this.smallBodies =
                new BodyReader(
                        new HttpLimits(
                                ManagementHandler.BODY_BYTES_MAX,
                                MANAGEMENT_BYTES_IN_FLIGHT,
                                limits.bodyTimeout(),
                                limits.maxConnections(),
                                limits.headerTimeout()),
                        watch);
        this.bodyTimeout = limits.bodyTimeout();
        this.batchClient =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .proxy(HttpClient.Builder.NO_PROXY)
                        .connectTimeout(CONNECT_TIMEOUT)
                        .executor(batchThreads)
                        .build();
        this.headers = new CallHeaders(parts.spentPico());
        this.responseIds = new ResponseIds(parts.signingKey());
        this.current = new AtomicReference<>(handlers(rules));
        this.currentInternal = new AtomicReference<>(internalHandlers(rules));
        parts.metrics()
                .gauge(
                        "sluice_request_bytes_in_flight",
                        "Bytes of all bodies being read or served",
                        bodies,
                        BodyReader::bytesInFlight);
        this.internal = parts.internal() == null ? null : internal(parts.internal(), limits);
        this.server =
                WebServer.builder()
                        .host(host)
                        .port(port)
                        .shutdownHook(false)
                        .shutdownGracePeriod(GRACE)
                        .maxTcpConnections(limits.maxConnections())
                        // A backstop; the bounds themselves are the handlers'.
                        .maxPayloadSize(
                                Math.max(
                                        limits.maxRequestBytes() * 4,
                                        BatchServiceHandler.UPLOAD_BYTES_MAX * 2))
                        .connectionOptions(socket -> socket.tcpNoDelay(true))
                        .update(server -> tls.ifPresent(server::tls))
                        .protocolsDiscoverServices(false)
                        .addConnectionSelector(
                                new HttpConnections(
                                        Http1Config.builder()
                                                .maxHeadersSize(LARGEST_HEAD_BYTES)
                                                .maxPrologueLength(LARGEST_HEAD_BYTES / 4),
                                        heads,
                                        limits.maxRequestBytes() * 4))
                        .directHandlers(directErrors())
                        .routing(routing ->
                                GatewayRoutes.register(
                                        routing, heads, parts.health(), current::get))
                        .build();
    }

    /** From the next request on, other rules hold; open requests end by those they began with. */
    public void change(Rules rules) {
        current.set(handlers(rules));
        currentInternal.set(internalHandlers(rules));
    }

    private WebServer internal(InternalListener listener, HttpLimits limits) {
        return WebServer.builder()
                .host(listener.host())
                .port(listener.port())
                .shutdownHook(false)
                .shutdownGracePeriod(GRACE)
                .maxTcpConnections(INTERNAL_CONNECTIONS_MAX)
                .maxPayloadSize(limits.maxRequestBytes() * 4)
                .connectionOptions(socket -> socket.tcpNoDelay(true))
                .directHandlers(directErrors())
                .routing(routing ->
                        GatewayRoutes.registerInternal(routing, currentInternal::get, load))
                .build();
    }

    /** The same doors with another gate: what a key may do holds for who calls on its behalf. */
    private Map<String, CompletionHandler> internalHandlers(Rules rules) {
        if (parts.internal() == null) {
            return Map.of();
        }
        var gate =
                new Gate(
                        rules.services(),
                        new RouteAccess(rules.access()),
                        new AllowedAddresses(List.of()));
        return completions(rules, gate, new ModelAccess(rules.access()));
    }

    private GatewayRoutes.Handlers handlers(Rules rules) {
        var gate =
                new Gate(
                        rules.authenticator(),
                        new RouteAccess(rules.access()),
                        new AllowedAddresses(rules.access().allowedIps()));
        var models = new ModelAccess(rules.access());
        return new GatewayRoutes.Handlers(
                gate,
                completions(rules, gate, models),
                new KeptResponsesHandler(gate, responseIds, rules.catalog(), parts.transport()),
                new ModelsHandler(gate, models, rules.catalog()),
                new ModelInfoHandler(gate, models, rules.models()),
                new TokenCountHandler(
                        gate,
                        models,
                        bodies,
                        rules.catalog(),
                        new MessagesWire(rules.catalog()::isOfAnthropicOnly),
                        tokenCounter),
                explain(rules, gate, models),
                new SpendLogsHandler(
                        gate, parts.spendAggregator(), parts.credential(), parts.transport()),
                new ManagementHandler(
                        gate,
                        smallBodies,
                        parts.accounts(),
                        parts.spendAggregator(),
                        parts.credential(),
                        parts.transport()),
                new BatchServiceHandler(
                        gate,
                        smallBodies,
                        watch,
                        bodyTimeout,
                        parts.batchService(),
                        parts.credential(),
                        batchClient),
                new PassThroughHandler(
                        gate,
                        models,
                        rules.admission(),
                        headers,
                        bodies,
                        rules.catalog(),
                        rules.dispatcher(),
                        parts.metrics()),
                new CacheHandler(gate, smallBodies, parts.cache()),
                parts.registry());
    }

    private RouteExplainHandler explain(Rules rules, Gate gate, ModelAccess models) {
        return new RouteExplainHandler(
                gate,
                models,
                new RequestRules(rules.access(), parts.directory()),
                bodies,
                rules.catalog(),
                rules.dispatcher(),
                doors(rules.catalog()).stream()
                        .collect(Collectors.toMap(ModelDoor::path, Function.identity())),
                tokenCounter);
    }

    private Map<String, CompletionHandler> completions(Rules rules, Gate gate, ModelAccess models) {
        var policy = new CachePolicy(parts.cache().settings(), rules.caching(), rules.models());
        parts.metrics().cache().know(rules.catalog().names());
        var caching =
                new CallCaching(
                        parts.cache().answers(),
                        parts.similar(),
                        rules.dispatcher()::bounds,
                        parts.cache().flights(),
                        policy,
                        new CacheReplay(parts.books()),
                        parts.metrics().cache());
        var requests = new RequestRules(rules.access(), parts.directory());
        Map<String, CompletionHandler> completions = new HashMap<>();
        for (ModelDoor door : doors(rules.catalog())) {
            completions.put(
                    door.path(),
                    new CompletionHandler(
                            door,
                            gate,
                            models,
                            requests,
                            rules.admission(),
                            headers,
                            bodies,
                            rules.catalog(),
                            caching,
                            rules.dispatcher(),
                            parts.metrics(),
                            tokenCounter));
        }
        return completions;
    }

    private List<ModelDoor> doors(ModelCatalog catalog) {
        List<ModelDoor> doors = new ArrayList<>();
        for (Endpoint endpoint : Endpoint.EVERYWHERE) {
            doors.add(ModelDoor.of(endpoint));
        }
        doors.add(
                new ModelDoor(
                        GatewayRoutes.MESSAGES,
                        "anthropic_messages",
                        new MessagesWire(catalog::isOfAnthropicOnly)));
        doors.add(
                new ModelDoor(
                        Endpoint.RESPONSES.path(),
                        Endpoint.RESPONSES.callType(),
                        new ResponsesWire(
                                catalog::isOfAnthropicOnly,
                                group -> catalog.serves(group, Endpoint.RESPONSES),
                                responseIds,
                                Clock.systemUTC())));
        return doors;
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
        heads.start();
        if (internal != null) {
            load.start();
            internal.start();
        }
        server.start();
    }

    /** The port that our own services call, -1 where there is none. */
    public int internalPort() {
        return internal == null ? -1 : internal.port();
    }

    /** The port that it listens on. */
    public int port() {
        return server.port();
    }

    /** Accepts no more, and gives open calls five seconds to end. */
    @Override
    public void close() {
        server.stop();
        if (internal != null) {
            internal.stop();
            load.close();
        }
        watch.close();
        heads.close();
        batchClient.shutdownNow();
        batchThreads.shutdownNow();
    }
}

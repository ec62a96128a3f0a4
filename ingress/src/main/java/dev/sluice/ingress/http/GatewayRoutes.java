package dev.sluice.ingress.http;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.auth.Authentication;
import dev.sluice.ingress.auth.Route;
import dev.sluice.ingress.auth.RouteTable;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.providers.openai.Endpoint;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The table of all paths, and the one place where an exception becomes an answer. */
final class GatewayRoutes {

    private static final Logger LOGGER = LoggerFactory.getLogger(GatewayRoutes.class);

    private static final HeaderName HEADROOM = HeaderNames.create("x-sluice-headroom");
    static final String MESSAGES = "/v1/messages";

    /** What is known of LiteLLM's paths, but not built yet. */
    private static final List<String> NOT_BUILT =
            List.of(
                    "/responses",
                    "/messages",
                    "/images",
                    "/audio",
                    "/realtime",
                    "/assistants",
                    "/threads",
                    "/fine_tuning",
                    "/vector_stores",
                    "/key",
                    "/user",
                    "/team",
                    "/organization",
                    "/budget",
                    "/customer",
                    "/end_user",
                    "/tag",
                    "/model",
                    "/model_group",
                    "/global",
                    "/spend",
                    "/cache",
                    "/config",
                    "/health",
                    "/ui");

    private GatewayRoutes() {}

    /** The handlers of all routes. */
    record Handlers(
            Gate gate,
            Map<String, CompletionHandler> completions,
            KeptResponsesHandler keptResponses,
            ModelsHandler models,
            ModelInfoHandler modelInfo,
            TokenCountHandler tokenCounts,
            RouteExplainHandler routeExplain,
            SpendLogsHandler spendLogs,
            ManagementHandler management,
            BatchServiceHandler batchService,
            PassThroughHandler passThrough,
            CacheHandler cache,
            PrometheusMeterRegistry metrics) {

        CompletionHandler completion(String path) {
            return requireNonNull(completions.get(path), "every door has a handler");
        }
    }

    /**
     * Registers everything.
     *
     * @param current what serves now: a changed config brings other handlers of the same routes
     */
    static void register(
            HttpRouting.Builder routing,
            HeadWatch heads,
            HealthHandlers health,
            Supplier<Handlers> current) {
        routing.addFilter((chain, request, response) -> {
            try {
                if (CanonicalPath.isCanonical(request.prologue().uriPath().rawPath())) {
                    chain.proceed();
                } else {
                    unknownPath(request, response);
                }
            } finally {
                heads.answered();
            }
            Connections.closeIfAsked(request, response);
        });
        table(current).forEach((path, methods) -> serve(routing, path, methods));
        routing.register(health);
        for (String path : NOT_BUILT) {
            for (String prefix : List.of("/v1", "")) {
                routing.any(prefix + path, GatewayRoutes::notBuilt);
                routing.any(prefix + path + "/*", GatewayRoutes::notBuilt);
            }
        }
        routing.any(GatewayRoutes::unknownPath)
                .error(HttpException.class, GatewayRoutes::expected)
                .error(RuntimeException.class, GatewayRoutes::bug);
    }

    /**
     * Registers what our own services may call: the endpoints that lines of a batch name.
     *
     * @param current as above, with a gate that knows our services
     * @param load what is told with each answer
     */
    static void registerInternal(
            HttpRouting.Builder routing,
            Supplier<Map<String, CompletionHandler>> current,
            LiveLoad load) {
        for (Endpoint endpoint :
                List.of(
                        Endpoint.CHAT_COMPLETIONS,
                        Endpoint.COMPLETIONS,
                        Endpoint.EMBEDDINGS,
                        Endpoint.RESPONSES)) {
            routing.post(
                    "/v1" + endpoint.path(),
                    (request, response) -> {
                        load.ownCall();
                        response.header(HEADROOM, Integer.toString(load.headroom()));
                        requireNonNull(current.get().get(endpoint.path()), "a door is missing")
                                .handle(request, response);
                    });
        }
        routing.any(GatewayRoutes::unknownPath)
                .error(HttpException.class, GatewayRoutes::expected)
                .error(RuntimeException.class, GatewayRoutes::bug);
    }

    /** The handlers by path and method. */
    private static Map<String, Map<String, Handler>> table(Supplier<Handlers> current) {
        var table = new Table();
        for (Endpoint endpoint : Endpoint.EVERYWHERE) {
            Handler completions = completions(current, endpoint.path());
            table.add("POST", "/v1" + endpoint.path(), completions);
            table.add("POST", endpoint.path(), completions);
            table.add("POST", RouteTable.AZURE + endpoint.path(), completions);
            if (endpoint == Endpoint.RERANK) {
                table.add("POST", "/v2/rerank", completions);
            }
        }
        table.add("POST", MESSAGES, completions(current, MESSAGES));
        table.add(
                "POST",
                TokenCountHandler.PATH,
                (request, response) -> current.get().tokenCounts().handle(request, response));
        table.add(
                "POST",
                RouteExplainHandler.PATH,
                (request, response) -> current.get().routeExplain().handle(request, response));
        Handler responses = completions(current, Endpoint.RESPONSES.path());
        table.add("POST", "/v1" + Endpoint.RESPONSES.path(), responses);
        table.add("POST", Endpoint.RESPONSES.path(), responses);
        keptResponses(table, current);
        passThrough(table, current);
        Handler models = (request, response) -> current.get().models().handle(request, response);
        Handler info = (request, response) -> current.get().modelInfo().models(request, response);
        for (String version : List.of("/v1", "")) {
            table.add("GET", version + "/models", models);
            table.add("GET", version + "/models/{id}", models);
            table.add("GET", version + "/model/info", info);
        }
        table.add(
                "GET",
                "/model_group/info",
                (request, response) -> current.get().modelInfo().groups(request, response));
        table.add(
                "GET",
                "/spend/logs",
                (request, response) -> current.get().spendLogs().handle(request, response));
        cache(table, current);
        Route metrics = RouteTable.of("GET", "/metrics");
        table.add(
                "GET",
                metrics.path(),
                (request, response) -> scrape(current.get(), metrics, request, response));
        Route reset = RouteTable.of("POST", "/global/spend/reset");
        table.add(
                "POST",
                reset.path(),
                (request, response) -> {
                    switch (current.get().gate().admit(reset, request)) {
                        case Authentication.Refused refused ->
                                Refusals.unread(request, response, refused);
                        case Authentication.Accepted _ -> notBuilt(request, response);
                    }
                });
        forwarded(table, current);
        return table.byPath;
    }

    private static void forwarded(Table table, Supplier<Handlers> current) {
        for (Route route : RouteTable.management()) {
            table.add(
                    route,
                    (request, response) ->
                            current.get().management().handle(route, request, response));
        }
        for (Route route : RouteTable.batchService()) {
            table.add(
                    route,
                    (request, response) ->
                            current.get().batchService().handle(route, request, response));
        }
    }

    private static void cache(Table table, Supplier<Handlers> current) {
        table.add(
                CacheHandler.PING,
                (request, response) -> current.get().cache().ping(request, response));
        table.add(
                CacheHandler.INFORMATION,
                (request, response) -> current.get().cache().information(request, response));
        table.add(
                CacheHandler.DELETE,
                (request, response) -> current.get().cache().delete(request, response));
        table.add(
                CacheHandler.FLUSH,
                (request, response) -> current.get().cache().flush(request, response));
    }

    private static void passThrough(Table table, Supplier<Handlers> current) {
        for (String provider : RouteTable.PASSED_THROUGH) {
            for (String method : RouteTable.PASSED_METHODS) {
                Route route = RouteTable.of(method, RouteTable.passThrough(provider));
                table.add(
                        method,
                        route.path(),
                        (request, response) ->
                                current.get()
                                        .passThrough()
                                        .handle(provider, route, request, response));
            }
        }
    }

    private static void keptResponses(Table table, Supplier<Handlers> current) {
        for (String version : List.of("/v1", "")) {
            for (String method : List.of("GET", "DELETE")) {
                Route kept = RouteTable.of(method, version + "/responses/{id}");
                table.add(
                        method,
                        kept.path(),
                        (request, response) ->
                                current.get().keptResponses().handle(kept, request, response));
            }
        }
    }

    private static Handler completions(Supplier<Handlers> current, String path) {
        return (request, response) -> current.get().completion(path).handle(request, response);
    }

    /** What is put together before it is registered: a path may have several methods. */
    private static final class Table {
        private final Map<String, Map<String, Handler>> byPath = new LinkedHashMap<>();

        /** Only what {@link RouteTable} knows can be served. */
        void add(String method, String path, Handler handler) {
            add(RouteTable.of(method, path), handler);
        }

        void add(Route route, Handler handler) {
            byPath.computeIfAbsent(route.path(), _ -> new TreeMap<>()).put(route.method(), handler);
        }
    }

    /** A path with its methods; every other method is told which there are. */
    private static void serve(
            HttpRouting.Builder routing, String path, Map<String, Handler> methods) {
        // The name of a model may have slashes.
        String pattern =
                (path.endsWith("/{id}") ? path.replace("{id}", "{+id}") : path)
                        .replace("{model}", "{+model}")
                        .replace("{path}", "{+path}");
        methods.forEach(
                (method, handler) -> routing.route(Method.create(method), pattern, handler));
        String allowed = String.join(", ", methods.keySet());
        routing.any(
                pattern,
                (request, response) -> {
                    response.header(HeaderNames.ALLOW, allowed);
                    refuse(
                            request,
                            response,
                            ApiError.of(
                                    405,
                                    "invalid_request_error",
                                    "%s is not allowed here, use %s."
                                            .formatted(
                                                    request.prologue().method().text(), allowed)));
                });
    }

    private static void scrape(
            Handlers handlers, Route route, ServerRequest request, ServerResponse response) {
        switch (handlers.gate().admit(route, request)) {
            case Authentication.Refused refused -> Refusals.unread(request, response, refused);
            case Authentication.Accepted _ -> {
                response.header(
                        HeaderNames.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
                response.send(handlers.metrics().scrape());
            }
        }
    }

    private static void notBuilt(ServerRequest request, ServerResponse response) {
        refuse(
                request,
                response,
                ApiError.of(501, "not_implemented_error", "This route is not built yet."));
    }

    private static void unknownPath(ServerRequest request, ServerResponse response) {
        refuse(
                request,
                response,
                ApiError.of(404, "not_found_error", "There is nothing at this path."));
    }

    private static void expected(ServerRequest request, ServerResponse response, HttpException e) {
        Status status = e.status();
        refuse(
                request,
                response,
                ApiError.of(status.code(), "invalid_request_error", status.reasonPhrase()));
        Connections.closeIfAsked(request, response);
    }

    private static void bug(ServerRequest request, ServerResponse response, RuntimeException e) {
        if (e instanceof CloseConnectionException) {
            throw e;
        }
        LOGGER.atError()
                .addKeyValue("path", request.path().path())
                .setCause(e)
                .log("request failed unexpectedly");
        if (response.isSent()) {
            throw new CloseConnectionException("the answer broke off", e);
        }
        Answers.sendAndClose(
                response, ApiError.of(500, "internal_server_error", "Internal error."));
        Connections.closeIfAsked(request, response);
    }

    private static void refuse(ServerRequest request, ServerResponse response, ApiError error) {
        if (request.content().hasEntity()) {
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
        Answers.send(response, error);
    }
}

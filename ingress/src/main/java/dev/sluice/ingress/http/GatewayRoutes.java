package dev.sluice.ingress.http;

import dev.sluice.ingress.errors.ApiError;
import dev.sluice.providers.openai.Endpoint;

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

import java.util.List;
import java.util.Map;

/** The table of all paths, and the one place where an exception becomes an answer. */
final class GatewayRoutes {

    private static final Logger LOGGER = LoggerFactory.getLogger(GatewayRoutes.class);

    /** What is known of LiteLLM's paths, but not built yet. */
    private static final List<String> NOT_BUILT =
            List.of(
                    "/responses",
                    "/messages",
                    "/moderations",
                    "/images",
                    "/audio",
                    "/rerank",
                    "/files",
                    "/batches",
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
                    "/openai",
                    "/anthropic",
                    "/ui");

    private GatewayRoutes() {}

    static void register(
            HttpRouting.Builder routing,
            Map<Endpoint, CompletionHandler> completions,
            ModelsHandler models,
            SpendLogsHandler spendLogs,
            HealthHandlers health,
            PrometheusMeterRegistry metrics) {
        routing.addFilter((chain, request, response) -> {
            chain.proceed();
            Connections.closeIfAsked(request, response);
        });
        completions.forEach((endpoint, handler) -> {
            only(routing, Method.POST, "/v1" + endpoint.path(), handler);
            only(routing, Method.POST, endpoint.path(), handler);
        });
        for (String prefix : List.of("/v1", "")) {
            only(routing, Method.GET, prefix + "/models", models);
            only(routing, Method.GET, prefix + "/models/{id}", models);
        }
        only(routing, Method.GET, "/spend/logs", spendLogs);
        only(routing, Method.GET, "/metrics", (_, response) -> scrape(metrics, response));
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

    /** A path with one method; every other method is told which. */
    private static void only(
            HttpRouting.Builder routing, Method method, String path, Handler handler) {
        routing.route(method, path, handler);
        routing.any(
                path,
                (request, response) -> {
                    response.header(HeaderNames.ALLOW, method.text());
                    refuse(
                            request,
                            response,
                            ApiError.of(
                                    405,
                                    "invalid_request_error",
                                    "%s is not allowed here, use %s."
                                            .formatted(
                                                    request.prologue().method().text(),
                                                    method.text())));
                });
    }

    private static void scrape(PrometheusMeterRegistry metrics, ServerResponse response) {
        response.header(HeaderNames.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
        response.send(metrics.scrape());
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

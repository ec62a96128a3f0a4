package dev.sluice.simulator;

import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;

/**
 * The table of all paths. {@code /d/NAME} before a path of the API names a deployment, so that one
 * simulator plays many.
 */
final class Routes implements Handler {

    private static final Logger LOGGER = LoggerFactory.getLogger(Routes.class);
    private static final String DEPLOYMENT_PREFIX = "/d/";
    private static final String MODEL_PREFIX = "/v1/models/";

    private final ModelEndpoints models;
    private final ControlEndpoints control;

    Routes(ModelEndpoints models, ControlEndpoints control) {
        this.models = models;
        this.control = control;
    }

    void register(HttpRouting.Builder routing) {
        routing.any(this).error(Exception.class, Routes::failed);
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) throws IOException {
        String path = request.path().path();
        String deployment = deployment(path);
        String rest =
                deployment == null
                        ? path
                        : path.substring(DEPLOYMENT_PREFIX.length() + deployment.length());
        Method method = request.prologue().method();
        endWhereAsked(request, response);
        Wire.Address address = Addresses.of(rest);
        if (address != null) {
            model(address, deployment, request, response);
            return;
        }
        switch (rest) {
            case "/v1/models" -> models(request, response);
            case "/_sim/scenario" -> scenario(method, request, response);
            case "/_sim/ledger" -> ledger(method, request, response);
            default -> other(rest, request, response);
        }
    }

    private void model(
            Wire.Address address,
            @Nullable String deployment,
            ServerRequest request,
            ServerResponse response)
            throws IOException {
        if (request.prologue().method().equals(Method.POST)) {
            models.answer(
                    address, new Caller(CallerKeys.of(request), deployment), request, response);
        } else {
            wrongMethod(request, response);
        }
    }

    private static void models(ServerRequest request, ServerResponse response) {
        if (request.prologue().method().equals(Method.GET)) {
            Replies.json(response).send(AnswerWriter.models());
        } else {
            wrongMethod(request, response);
        }
    }

    private void scenario(Method method, ServerRequest request, ServerResponse response)
            throws IOException {
        switch (method.text()) {
            case "POST" -> control.addScenario(request, response);
            case "GET" -> control.listScenarios(response);
            case "DELETE" -> control.clearScenarios(response);
            default -> wrongMethod(request, response);
        }
    }

    private void ledger(Method method, ServerRequest request, ServerResponse response)
            throws IOException {
        switch (method.text()) {
            case "GET" -> control.showLedger(request, response);
            case "DELETE" -> control.clearLedger(response);
            default -> wrongMethod(request, response);
        }
    }

    private static void other(String path, ServerRequest request, ServerResponse response) {
        String method = request.prologue().method().text();
        if (!path.startsWith(MODEL_PREFIX) || !method.equals("GET")) {
            Replies.error(response, Rejection.unknownPath(method, path));
            return;
        }
        String id = path.substring(MODEL_PREFIX.length());
        if (Prices.listed(id).isEmpty()) {
            Replies.error(response, Rejection.unknownModel(id));
        } else {
            Replies.json(response).send(AnswerWriter.bytes(json -> AnswerWriter.model(json, id)));
        }
    }

    private static void wrongMethod(ServerRequest request, ServerResponse response) {
        String method = request.prologue().method().text();
        Replies.error(response, Rejection.wrongMethod(method, request.path().path()));
    }

    /** {@code east} of {@code /d/east/v1/models}. */
    private static @Nullable String deployment(String path) {
        if (!path.startsWith(DEPLOYMENT_PREFIX)) {
            return null;
        }
        int end = path.indexOf('/', DEPLOYMENT_PREFIX.length());
        return end < 0 ? null : path.substring(DEPLOYMENT_PREFIX.length(), end);
    }

    /**
     * Helidon says {@code Connection: close} to who said it first, but leaves the closing to him.
     */
    private static void endWhereAsked(ServerRequest request, ServerResponse response) {
        if (request.headers().containsToken(HeaderValues.CONNECTION_CLOSE)) {
            response.whenSent(() -> {
                throw new CloseConnectionException("the caller asked for it");
            });
        }
    }

    private static void failed(ServerRequest request, ServerResponse response, Exception e) {
        LOGGER.atError()
                .addKeyValue("path", request.path().path())
                .setCause(e)
                .log("request failed unexpectedly");
        Replies.error(response, Rejection.failed());
    }
}

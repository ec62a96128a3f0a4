package dev.sluice.ingress.http;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.ingress.auth.Authentication;
import dev.sluice.ingress.auth.Caller;
import dev.sluice.ingress.auth.ModelAccess;
import dev.sluice.ingress.auth.Route;
import dev.sluice.ingress.auth.RouteTable;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.ingress.upstream.ModelCatalog;
import dev.sluice.ingress.upstream.ModelGroup;
import dev.sluice.providers.counting.TokenCounter;
import dev.sluice.providers.openai.JsonTrees;

import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/**
 * {@code POST /v1/messages/count_tokens}: how large a request to {@code /v1/messages} would be to
 * its model. Counted here, so that it costs nothing and works for every model: exactly for
 * OpenAI's, as an estimate for others.
 */
final class TokenCountHandler implements Handler {

    static final String PATH = GatewayRoutes.MESSAGES + "/count_tokens";

    private static final Route ROUTE = RouteTable.of("POST", PATH);

    private final Gate gate;
    private final ModelAccess access;
    private final BodyReader bodies;
    private final ModelCatalog catalog;
    private final MessagesWire wire;
    private final TokenCounter counter;

    TokenCountHandler(
            Gate gate,
            ModelAccess access,
            BodyReader bodies,
            ModelCatalog catalog,
            MessagesWire wire,
            TokenCounter counter) {
        this.gate = gate;
        this.access = access;
        this.bodies = bodies;
        this.catalog = catalog;
        this.wire = wire;
        this.counter = counter;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        switch (gate.admit(ROUTE, request)) {
            case Authentication.Refused(var error, _) -> refuseUnread(request, response, error);
            case Authentication.Accepted(var caller) -> {
                switch (bodies.read(request, response)) {
                    case RequestBody.Refused(var error, _) ->
                            refuseUnread(request, response, error);
                    case RequestBody.Read body -> {
                        try {
                            understand(response, caller, body);
                        } finally {
                            bodies.release(body);
                        }
                    }
                }
            }
        }
    }

    private void understand(ServerResponse response, Caller caller, RequestBody.Read body) {
        var asker = new CallerWire.Asker(caller.tenant(), name -> access.group(caller, name));
        switch (wire.request(body.bytes(), body.length(), asker)) {
            case CallerWire.Request.Refused(var error) -> Answers.send(response, error, wire);
            case CallerWire.Request.Understood(var bytes, int length, _, _, _) -> {
                if (!bodies.reserve(bytes.length)) {
                    Answers.send(response, BodyReader.BUSY, wire);
                    return;
                }
                try {
                    count(response, caller, JsonTrees.object(bytes, 0, length).orElseThrow());
                } finally {
                    bodies.release(bytes.length);
                }
            }
        }
    }

    private void count(ServerResponse response, Caller caller, ObjectNode chat) {
        switch (access.decide(caller, chat.path("model").asText(""))) {
            case ModelAccess.Decision.Denied(var error) -> Answers.send(response, error, wire);
            case ModelAccess.Decision.Allowed(var model) -> {
                ModelGroup group = catalog.group(model);
                if (group == null || group.candidates().isEmpty()) {
                    Answers.send(
                            response,
                            ApiError.invalidRequest("The model is not served.", "model"),
                            wire);
                    return;
                }
                String counted = group.deployment(group.candidates().getFirst()).model();
                response.header(Answers.JSON);
                response.send(
                        JsonTrees.bytes(
                                JsonTrees.MAPPER
                                        .createObjectNode()
                                        .put("input_tokens", counter.chat(counted, chat))));
            }
        }
    }

    private void refuseUnread(ServerRequest request, ServerResponse response, ApiError error) {
        if (request.content().hasEntity()) {
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
        Answers.send(response, error, wire);
    }
}

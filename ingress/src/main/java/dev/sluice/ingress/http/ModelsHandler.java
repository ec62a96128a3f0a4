package dev.sluice.ingress.http;

import com.fasterxml.jackson.core.JsonGenerator;

import dev.sluice.ingress.auth.Authentication;
import dev.sluice.ingress.auth.Caller;
import dev.sluice.ingress.auth.ModelAccess;
import dev.sluice.ingress.auth.Route;
import dev.sluice.ingress.auth.RouteTable;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.ingress.upstream.ModelCatalog;
import dev.sluice.schemas.events.SpendEventIds;

import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/** {@code GET /v1/models} and {@code /v1/models/{id}}: the public names that the caller may use. */
final class ModelsHandler implements Handler {

    /** The time that LiteLLM gives for every model. */
    private static final long CREATED = 1_677_610_602;

    private static final Route LIST = RouteTable.of("GET", "/models");
    private static final Route ONE = RouteTable.of("GET", "/models/{id}");
    private static final ApiError NONE_SUCH =
            new ApiError(
                    404,
                    "The model does not exist or you do not have access to it.",
                    "invalid_request_error",
                    "model",
                    "model_not_found");

    private final Gate gate;
    private final ModelAccess access;
    private final ModelCatalog catalog;

    ModelsHandler(Gate gate, ModelAccess access, ModelCatalog catalog) {
        this.gate = gate;
        this.access = access;
        this.catalog = catalog;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        response.header(
                Answers.CALL_ID, SpendEventIds.newRequestId(System.currentTimeMillis()).toString());
        String id = request.path().pathParameters().first("id").orElse(null);
        switch (gate.admit(id == null ? LIST : ONE, request)) {
            case Authentication.Refused refused -> Refusals.unread(request, response, refused);
            case Authentication.Accepted(var caller) when id == null -> {
                response.header(Answers.JSON);
                response.send(list(names(caller)));
            }
            case Authentication.Accepted(var caller) -> one(caller, id, response);
        }
    }

    /** The groups of the config and the operator's aliases, as far as the caller may use them. */
    private List<String> names(Caller caller) {
        return Stream.concat(catalog.names().stream(), access.visibleAliases().stream())
                .distinct()
                .filter(name -> mayUse(caller, name))
                .toList();
    }

    private boolean mayUse(Caller caller, String name) {
        return access.decide(caller, name) instanceof ModelAccess.Decision.Allowed(var model)
                && catalog.group(model) != null;
    }

    private void one(Caller caller, String id, ServerResponse response) {
        if (mayUse(caller, id)) {
            response.header(Answers.JSON);
            response.send(JsonAnswer.of(generator -> write(generator, id)));
        } else {
            Answers.send(response, NONE_SUCH);
        }
    }

    private static byte[] list(List<String> names) {
        return JsonAnswer.of(generator -> {
            generator.writeStartObject();
            generator.writeArrayFieldStart("data");
            for (String name : names) {
                write(generator, name);
            }
            generator.writeEndArray();
            generator.writeStringField("object", "list");
            generator.writeEndObject();
        });
    }

    private static void write(JsonGenerator generator, String name) throws IOException {
        generator.writeStartObject();
        generator.writeStringField("id", name);
        generator.writeStringField("object", "model");
        generator.writeNumberField("created", CREATED);
        generator.writeStringField("owned_by", "openai");
        generator.writeEndObject();
    }
}

package dev.sluice.ingress.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;

import dev.sluice.ingress.auth.Authentication;
import dev.sluice.ingress.auth.Authenticator;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.ingress.upstream.ModelCatalog;
import dev.sluice.schemas.events.SpendEventIds;

import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** {@code GET /v1/models} and {@code /v1/models/{id}}: the public names that the caller may use. */
final class ModelsHandler implements Handler {

    /** The time that LiteLLM gives for every model. */
    private static final long CREATED = 1_677_610_602;

    private final Authenticator authenticator;
    private final ModelCatalog catalog;
    private final JsonFactory json = new JsonFactory();

    ModelsHandler(Authenticator authenticator, ModelCatalog catalog) {
        this.authenticator = authenticator;
        this.catalog = catalog;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        response.header(
                Answers.CALL_ID, SpendEventIds.newRequestId(System.currentTimeMillis()).toString());
        if (CompletionHandler.authenticate(authenticator, request)
                instanceof Authentication.Refused(var reason)) {
            Answers.send(response, ApiError.unauthorized(reason));
            return;
        }
        String id = request.path().pathParameters().first("id").orElse(null);
        if (id == null) {
            response.header(Answers.JSON);
            response.send(list(catalog.names()));
        } else if (catalog.group(id) == null) {
            Answers.send(
                    response,
                    new ApiError(
                            404,
                            "The model does not exist or you do not have access to it.",
                            "invalid_request_error",
                            "model",
                            "model_not_found"));
        } else {
            response.header(Answers.JSON);
            response.send(one(id));
        }
    }

    private byte[] list(List<String> names) {
        return bytes(generator -> {
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

    private byte[] one(String name) {
        return bytes(generator -> write(generator, name));
    }

    private static void write(JsonGenerator generator, String name) throws IOException {
        generator.writeStartObject();
        generator.writeStringField("id", name);
        generator.writeStringField("object", "model");
        generator.writeNumberField("created", CREATED);
        generator.writeStringField("owned_by", "openai");
        generator.writeEndObject();
    }

    private byte[] bytes(Writing writing) {
        var out = new ByteArrayBuilder();
        try (JsonGenerator generator = json.createGenerator(out)) {
            writing.to(generator);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return out.toByteArray();
    }

    private interface Writing {
        void to(JsonGenerator generator) throws IOException;
    }
}

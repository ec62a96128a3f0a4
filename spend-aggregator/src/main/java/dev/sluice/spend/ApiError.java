package dev.sluice.spend;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;

import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.ServerResponse;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.StringWriter;

/** An answer other than what was asked for, in OpenAI's format. */
record ApiError(int status, String type, String message, @Nullable String parameter) {

    private static final JsonFactory JSON = new JsonFactory();

    static ApiError badRequest(String message, @Nullable String parameter) {
        return new ApiError(400, "bad_request_error", message, parameter);
    }

    static ApiError unauthorized() {
        return new ApiError(
                401,
                "auth_error",
                "Authentication Error, this service takes a service credential only.",
                null);
    }

    static ApiError unavailable(String message) {
        return new ApiError(503, "no_db_connection", message, null);
    }

    static ApiError of(int status, String message) {
        String type = status < 500 ? "bad_request_error" : "internal_server_error";
        return new ApiError(status, type, message, null);
    }

    void send(ServerResponse response) {
        response.status(status).header(HeaderValues.CONTENT_TYPE_JSON).send(json());
    }

    private byte[] json() {
        var text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeObjectFieldStart("error");
            json.writeStringField("message", message);
            json.writeStringField("type", type);
            json.writeStringField("param", parameter);
            json.writeStringField("code", Integer.toString(status));
            json.writeEndObject();
            json.writeEndObject();
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory failed", e);
        }
        return text.toString().getBytes(UTF_8);
    }
}

package dev.sluice.ingress.http;

import dev.sluice.ingress.errors.ApiError;

import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;

import java.math.BigDecimal;

/** The headers of our answers, and how errors and JSON go out. */
final class Answers {

    private static final String JSON_TYPE = "application/json";

    static final HeaderName CALL_ID = HeaderNames.create("x-litellm-call-id");
    static final Header JSON = HeaderValues.createCached(HeaderNames.CONTENT_TYPE, JSON_TYPE);
    static final Header EVENT_STREAM =
            HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");
    static final Header NO_CACHE = HeaderValues.createCached(HeaderNames.CACHE_CONTROL, "no-cache");

    private static final int PICO_DIGITS = 12;

    private Answers() {}

    /** The content type of an answer; nearly always the same. */
    static Header contentType(String type) {
        return type.equals(JSON_TYPE) ? JSON : HeaderValues.create(HeaderNames.CONTENT_TYPE, type);
    }

    /** Answers with an error. */
    static void send(ServerResponse response, ApiError error) {
        response.status(Status.create(error.status()));
        response.header(JSON);
        response.send(error.body());
    }

    /** Answers with an error in a caller's wire. */
    static void send(ServerResponse response, ApiError error, CallerWire wire) {
        response.status(Status.create(error.status()));
        response.header(JSON);
        response.send(wire.error(error.status(), error.body()));
    }

    /** Answers with an error and ends the connection. */
    static void sendAndClose(ServerResponse response, ApiError error) {
        response.header(HeaderValues.CONNECTION_CLOSE);
        send(response, error);
    }

    /** Picodollars as USD, in plain digits. */
    static String usd(long pico) {
        return pico == 0
                ? "0"
                : BigDecimal.valueOf(pico, PICO_DIGITS).stripTrailingZeros().toPlainString();
    }
}

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

    static final HeaderName CALL_ID = HeaderNames.create("x-litellm-call-id");
    static final HeaderName MODEL_ID = HeaderNames.create("x-litellm-model-id");
    static final HeaderName MODEL_GROUP = HeaderNames.create("x-litellm-model-group");
    static final HeaderName RESPONSE_COST = HeaderNames.create("x-litellm-response-cost");
    static final HeaderName DURATION = HeaderNames.create("x-litellm-response-duration-ms");
    static final HeaderName OVERHEAD = HeaderNames.create("x-litellm-overhead-duration-ms");
    static final HeaderName CACHE_KEY = HeaderNames.create("x-litellm-cache-key");
    static final Header JSON =
            HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "application/json");
    static final Header EVENT_STREAM =
            HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");
    static final Header NO_CACHE = HeaderValues.createCached(HeaderNames.CACHE_CONTROL, "no-cache");

    private static final int PICO_DIGITS = 12;

    private Answers() {}

    /** Answers with an error. */
    static void send(ServerResponse response, ApiError error) {
        response.status(Status.create(error.status()));
        response.header(JSON);
        response.send(error.body());
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

    /** Nanoseconds as milliseconds with three digits. */
    static String millis(long nanos) {
        long micros = nanos / 1000;
        long fraction = micros % 1000;
        return micros / 1000 + (fraction < 10 ? ".00" : fraction < 100 ? ".0" : ".") + fraction;
    }
}

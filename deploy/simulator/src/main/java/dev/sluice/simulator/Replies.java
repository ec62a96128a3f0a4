package dev.sluice.simulator;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerResponse;

/** Sends answers of JSON, and errors in OpenAI's form. */
final class Replies {

    private static final Header JSON =
            HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "application/json");

    private Replies() {}

    /** Says that the body is JSON. */
    static ServerResponse json(ServerResponse response) {
        return response.header(JSON);
    }

    /**
     * Sends an error. After a 413 the rest of the request is still to come: the connection ends,
     * for Helidon would take it for the next request.
     */
    static void error(ServerResponse response, Rejection rejection) {
        error(response, OpenAiWire.INSTANCE, rejection);
    }

    /** Sends an error in a provider's form. */
    static void error(ServerResponse response, Wire wire, Rejection rejection) {
        wire.errorHeader(rejection).ifPresent(response::header);
        response.status(Status.create(rejection.status()));
        boolean last = rejection.status() == Status.REQUEST_ENTITY_TOO_LARGE_413.code();
        if (last) {
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
        json(response).send(wire.error(rejection));
        if (last) {
            throw new CloseConnectionException("the request is too large");
        }
    }
}

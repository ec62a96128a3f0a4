package dev.sluice.batch.api;

import com.fasterxml.jackson.databind.JsonNode;

import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

import org.jooq.exception.DataAccessException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How answers go out, and how what went wrong becomes one. */
public final class Answers {

    private static final Logger LOGGER = LoggerFactory.getLogger(Answers.class);

    private Answers() {}

    static void send(ServerResponse response, JsonNode answer) {
        response.header(HeaderValues.CONTENT_TYPE_JSON).send(Json.bytes(answer));
    }

    static void send(ServerResponse response, Refused refused) {
        response.status(Status.create(refused.status()))
                .header(HeaderValues.CONTENT_TYPE_JSON)
                .send(refused.body());
    }

    /** What a route refused. */
    static void refused(ServerRequest request, ServerResponse response, Refused refused) {
        send(response, refused);
    }

    /** What the server refused. */
    public static void http(ServerRequest request, ServerResponse response, HttpException e) {
        send(response, Refused.of(e.status().code(), e.status().reasonPhrase()));
    }

    /** The database is away, or its tables are still to come. */
    public static void database(
            ServerRequest request, ServerResponse response, DataAccessException e) {
        LOGGER.atWarn()
                .addKeyValue("sqlState", e.sqlState())
                .log("files and batches cannot be reached");
        send(response, Refused.unavailable("Files and batches cannot be reached now; try again."));
    }

    /** A bug of ours. */
    public static void bug(ServerRequest request, ServerResponse response, Exception e) {
        if (e instanceof CloseConnectionException close) {
            throw close;
        }
        LOGGER.atError().setCause(e).log("request failed unexpectedly");
        if (response.isSent()) {
            throw new CloseConnectionException("the answer broke off", e);
        }
        send(response, Refused.of(500, "Internal error."));
    }
}

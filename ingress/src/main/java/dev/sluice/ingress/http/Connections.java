package dev.sluice.ingress.http;

import io.helidon.http.HeaderValues;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/** Ends connections: the server sends the header {@code Connection: close}, but keeps them open. */
final class Connections {

    private Connections() {}

    /** After an answer: ends the connection if the caller or we said so. */
    static void closeIfAsked(ServerRequest request, ServerResponse response) {
        if (request.headers().containsToken(HeaderValues.CONNECTION_CLOSE)
                || response.headers().containsToken(HeaderValues.CONNECTION_CLOSE)) {
            throw new CloseConnectionException("closed after the answer, as announced");
        }
    }
}

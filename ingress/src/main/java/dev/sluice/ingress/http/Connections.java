package dev.sluice.ingress.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Headers;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/** Ends connections: the server sends the header {@code Connection: close}, but keeps them open. */
final class Connections {

    private Connections() {}

    /** After an answer: ends the connection if the caller or we said so. */
    static void closeIfAsked(ServerRequest request, ServerResponse response) {
        if (isAsked(request.headers()) || isAsked(response.headers())) {
            throw new CloseConnectionException("closed after the answer, as announced");
        }
    }

    /** The server's own reading of tokens is dear; few say more than that they keep alive. */
    private static boolean isAsked(Headers headers) {
        if (!headers.contains(HeaderNames.CONNECTION)
                || headers.contains(HeaderValues.CONNECTION_KEEP_ALIVE)) {
            return false;
        }
        return headers.containsToken(HeaderValues.CONNECTION_CLOSE);
    }
}

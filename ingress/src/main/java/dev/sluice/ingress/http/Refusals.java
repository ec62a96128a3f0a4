package dev.sluice.ingress.http;

import dev.sluice.ingress.auth.Authentication;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/** Answers those who are not let in. */
final class Refusals {

    private Refusals() {}

    /** Answers a request whose body, if it has one, stays unread: then the connection ends. */
    static void unread(
            ServerRequest request, ServerResponse response, Authentication.Refused refused) {
        if (request.content().hasEntity()) {
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
        send(response, refused);
    }

    /** Answers, with the time to wait where there is one. */
    static void send(ServerResponse response, Authentication.Refused refused) {
        if (refused.retryAfterSeconds() >= 0) {
            response.header(HeaderNames.RETRY_AFTER, Long.toString(refused.retryAfterSeconds()));
        }
        Answers.send(response, refused.error());
    }
}

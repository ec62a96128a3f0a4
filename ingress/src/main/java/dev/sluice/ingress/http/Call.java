package dev.sluice.ingress.http;

import dev.sluice.ingress.books.CallFacts;
import dev.sluice.providers.openai.RequestPeek;

import io.helidon.webserver.http.ServerResponse;

/** One request that is understood and may be served. */
record Call(
        Arrival arrival, CallFacts facts, RequestPeek.Facts peek, RequestBody.Read body) {

    ServerResponse response() {
        return arrival.response();
    }

    AnswerHead head() {
        return arrival.head();
    }

    long elapsedNanos() {
        return System.nanoTime() - arrival.startedNanos();
    }
}

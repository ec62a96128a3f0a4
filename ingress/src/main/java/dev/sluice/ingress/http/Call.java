package dev.sluice.ingress.http;

import dev.sluice.ingress.books.CallFacts;
import dev.sluice.providers.openai.RequestPeek;

import io.helidon.webserver.http.ServerResponse;

/**
 * One request that is understood and may be served.
 *
 * @param startedNanos when its head had arrived, by {@link System#nanoTime()}
 */
record Call(
        CallFacts facts,
        RequestPeek.Facts peek,
        RequestBody.Read body,
        ServerResponse response,
        long startedNanos) {

    long elapsedNanos() {
        return System.nanoTime() - startedNanos;
    }
}

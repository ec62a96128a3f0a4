package dev.sluice.ingress.http;

import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

import java.util.UUID;

/**
 * One request that has come in, and where its answer goes.
 *
 * @param head the answer's lines about the call; {@code response} has it already
 * @param startedNanos when its head had arrived, by {@link System#nanoTime()}
 */
record Arrival(
        ServerRequest request,
        ServerResponse response,
        UUID requestId,
        AnswerHead head,
        long startedNanos) {}

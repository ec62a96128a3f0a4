package dev.sluice.ingress.http;

import dev.sluice.ingress.admission.Ticket;
import dev.sluice.ingress.books.CallFacts;
import dev.sluice.providers.openai.RequestPeek;

import io.helidon.webserver.http.ServerResponse;

/**
 * One request that is understood and may be served.
 *
 * @param ticket its hold on its caller's limits
 */
record Call(
        Arrival arrival,
        CallFacts facts,
        RequestPeek.Facts peek,
        CallerWire.Request.Understood request,
        Ticket ticket) {

    /** In which it is answered. */
    CallerWire wire() {
        return request.wire();
    }

    ServerResponse response() {
        return arrival.response();
    }

    AnswerHead head() {
        return arrival.head();
    }

    long elapsedNanos() {
        return System.nanoTime() - arrival.startedNanos();
    }

    /**
     * Counts what the call has used, and frees the rest of its hold. To be done before its caller
     * sees the end of the answer: his next call must not find this one in its way. Only the first
     * time counts.
     */
    void settle() {
        ticket.settle(facts.meter());
    }
}

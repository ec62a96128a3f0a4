package dev.sluice.simulator;

import io.helidon.webserver.http.ServerResponse;

import java.io.IOException;
import java.util.List;

/** Sends one whole answer when its last token is due. All of it is billed, also when it is cut. */
final class PlainAnswer {

    private final Answer answer;
    private final Fault fault;
    private final Bill bill;
    private final Waiting waiting;

    PlainAnswer(Answer answer, Fault fault, Bill bill, Waiting waiting) {
        this.answer = answer;
        this.fault = fault;
        this.bill = bill;
        this.waiting = waiting;
    }

    /** Sends it; false if the connection must be cut. */
    boolean send(Pace pace, ServerResponse response) throws IOException {
        List<Turn> turns = answer.call().turns();
        long generated = answer.call().billedOutput(turns);
        long thought = turns.stream().mapToLong(Turn::thoughtTokens).sum();
        if (!waiting.until(pace.at(generated))) {
            return false;
        }
        byte[] body =
                answer.call()
                        .endpoint()
                        .wire()
                        .whole(
                                answer,
                                turns,
                                bill.usage(generated, thought),
                                !(fault instanceof Fault.NoUsage));
        return switch (fault) {
            case Fault.Cut(long afterBytes) when afterBytes < body.length ->
                    sendInParts(body, generated, thought, response);
            case Fault.Stall(long afterBytes, _) when afterBytes < body.length ->
                    sendInParts(body, generated, thought, response);
            default -> {
                bill.answered(
                        generated, thought, fault instanceof Fault.NoUsage ? fault.label() : null);
                response.send(body);
                yield true;
            }
        };
    }

    private boolean sendInParts(byte[] body, long generated, long thought, ServerResponse response)
            throws IOException {
        bill.answered(generated, thought, fault.label());
        response.contentLength(body.length);
        return new Outlet(response.outputStream(), fault, waiting).send(body);
    }
}

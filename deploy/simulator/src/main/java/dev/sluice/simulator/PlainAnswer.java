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
        List<Completion> completions = answer.call().completions();
        long generated = completions.stream().mapToLong(Completion::tokens).sum();
        if (!waiting.until(pace.at(generated))) {
            return false;
        }
        byte[] body = body(completions, bill.usage(generated));
        return switch (fault) {
            case Fault.Cut(long afterBytes) when afterBytes < body.length ->
                    sendInParts(body, generated, response);
            case Fault.Stall(long afterBytes, _) when afterBytes < body.length ->
                    sendInParts(body, generated, response);
            default -> {
                bill.answered(generated, fault instanceof Fault.NoUsage ? fault.label() : null);
                response.send(body);
                yield true;
            }
        };
    }

    private boolean sendInParts(byte[] body, long generated, ServerResponse response)
            throws IOException {
        bill.answered(generated, fault.label());
        response.contentLength(body.length);
        return new Outlet(response.outputStream(), fault, waiting).send(body);
    }

    private byte[] body(List<Completion> completions, Usage usage) {
        boolean showUsage = !(fault instanceof Fault.NoUsage);
        return answer.call().endpoint() == Endpoint.EMBEDDINGS
                ? AnswerWriter.embeddings(answer, usage, showUsage)
                : AnswerWriter.completions(answer, completions, usage, showUsage);
    }
}

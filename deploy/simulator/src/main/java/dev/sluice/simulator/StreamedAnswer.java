package dev.sluice.simulator;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends one streamed answer at its pace. What was generated is billed before the events that end
 * the answer are sent, or when it is cut or left, whichever comes first.
 */
final class StreamedAnswer {

    private static final String CLIENT_GONE = "client_gone";
    private static final String CLOSED = "simulator_closed";

    private final ModelCall call;
    private final List<Completion> completions;
    private final ChunkWriter chunks;
    private final Fault fault;
    private final Bill bill;
    private final Waiting waiting;
    private final Outlet outlet;
    private long generated;
    private boolean broke;

    StreamedAnswer(Answer answer, Fault fault, Bill bill, Waiting waiting, Outlet outlet) {
        this.call = answer.call();
        this.completions = call.completions();
        this.chunks = new ChunkWriter(answer);
        this.fault = fault;
        this.bill = bill;
        this.waiting = waiting;
        this.outlet = outlet;
    }

    /** Sends it all; false if the connection must be cut. */
    boolean send(Pace pace) throws IOException {
        if (!waiting.until(pace.firstTokenAt())) {
            return false;
        }
        try {
            return open() && speak(pace) && end();
        } finally {
            settle(waiting.isClosed() ? CLOSED : CLIENT_GONE);
        }
    }

    private boolean open() throws IOException {
        if (call.endpoint() != Endpoint.CHAT) {
            return true;
        }
        for (int choice = 0; choice < completions.size(); choice++) {
            if (!emit(chunks.opening(choice))) {
                return false;
            }
        }
        return true;
    }

    /** All choices speak at once, a few tokens an event. */
    private boolean speak(Pace pace) throws IOException {
        int tokens = completions.stream().mapToInt(Completion::tokens).max().orElse(0);
        for (int from = 0; from < tokens; from += pace.tokensPerEvent()) {
            int to = Math.min(from + pace.tokensPerEvent(), tokens);
            if (!waiting.until(pace.at(to)) || !speak(from, to)) {
                return false;
            }
        }
        return true;
    }

    private boolean speak(int from, int to) throws IOException {
        for (int choice = 0; choice < completions.size(); choice++) {
            Completion completion = completions.get(choice);
            generated += Math.max(0, Math.min(to, completion.tokens()) - from);
            String text = completion.text(from, to);
            if (!text.isEmpty() && !(emit(chunks.piece(choice, text)) && perhapsBreak())) {
                return false;
            }
        }
        return true;
    }

    private boolean perhapsBreak() throws IOException {
        if (broke || !(fault instanceof Fault.MalformedSse)) {
            return true;
        }
        broke = true;
        return emit(chunks.broken());
    }

    private boolean end() throws IOException {
        List<byte[]> events = new ArrayList<>();
        for (int choice = 0; choice < completions.size(); choice++) {
            events.add(chunks.finish(choice, completions.get(choice).finishReason()));
        }
        if (call.includeUsage() && !(fault instanceof Fault.NoUsage)) {
            events.add(chunks.usage(bill.usage(generated)));
        }
        events.add(ChunkWriter.DONE);
        settle(
                strikes(events.stream().mapToLong(event -> event.length).sum())
                        ? fault.label()
                        : null);
        for (byte[] event : events) {
            if (!outlet.send(event)) {
                return false;
            }
        }
        return true;
    }

    /** Whether the fault was, or will be, felt in this answer. */
    private boolean strikes(long bytesLeft) {
        return switch (fault) {
            case Fault.Cut _ -> outlet.cutsWithin(bytesLeft);
            case Fault.Stall _ -> outlet.stallsWithin(bytesLeft);
            case Fault.MalformedSse _ -> broke;
            case Fault.NoUsage _ -> call.includeUsage();
            case Fault.None _, Fault.Refusal _, Fault.BlackHole _ -> false;
        };
    }

    private boolean emit(byte[] event) throws IOException {
        if (outlet.cutsWithin(event.length)) {
            settle(fault.label());
        }
        return outlet.send(event);
    }

    private void settle(@Nullable String label) {
        bill.answered(generated, label);
    }
}

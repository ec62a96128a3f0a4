package dev.sluice.simulator;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.List;

/**
 * Sends one streamed answer at its pace. What was generated is billed before the events that end
 * the answer are sent, or when it is cut or left, whichever comes first.
 */
final class StreamedAnswer {

    private static final String CLIENT_GONE = "client_gone";
    private static final String CLOSED = "simulator_closed";

    private final ModelCall call;
    private final List<Turn> turns;
    private final EventWriter events;
    private final Fault fault;
    private final Bill bill;
    private final Waiting waiting;
    private final Outlet outlet;
    private long generated;
    private long thought;
    private boolean broke;

    StreamedAnswer(Answer answer, Fault fault, Bill bill, Waiting waiting, Outlet outlet) {
        this.call = answer.call();
        this.turns = call.turns();
        this.events = call.endpoint().wire().events(answer, !(fault instanceof Fault.NoUsage));
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
        for (int choice = 0; choice < turns.size(); choice++) {
            byte[] opening = events.opening(choice, bill.usage(0, 0));
            if (opening.length > 0 && !emit(opening)) {
                return false;
            }
        }
        return true;
    }

    /** All choices speak at once, a few tokens an event. */
    private boolean speak(Pace pace) throws IOException {
        int tokens = turns.stream().mapToInt(Turn::tokens).max().orElse(0);
        for (int from = 0; from < tokens; from += pace.tokensPerEvent()) {
            int to = Math.min(from + pace.tokensPerEvent(), tokens);
            if (!waiting.until(pace.at(to)) || !speak(from, to)) {
                return false;
            }
        }
        return true;
    }

    private boolean speak(int from, int to) throws IOException {
        for (int choice = 0; choice < turns.size(); choice++) {
            int start = 0;
            for (Segment segment : turns.get(choice).segments()) {
                int begin = Math.max(from - start, 0);
                int end = Math.min(to - start, segment.said().tokens());
                if (begin < end && !speak(choice, segment, begin, end)) {
                    return false;
                }
                start += segment.said().tokens();
            }
        }
        return true;
    }

    private boolean speak(int choice, Segment segment, int from, int to) throws IOException {
        generated += to - from;
        thought += segment.kind() == Segment.Kind.THOUGHT ? to - from : 0;
        String words = segment.said().text(from, to);
        return words.isEmpty() || (emit(events.piece(choice, segment, words)) && perhapsBreak());
    }

    private boolean perhapsBreak() throws IOException {
        if (broke || !(fault instanceof Fault.MalformedSse)) {
            return true;
        }
        broke = true;
        return emit(events.broken());
    }

    private boolean end() throws IOException {
        List<byte[]> ending = events.ending(turns, bill.usage(generated, thought));
        settle(
                strikes(ending.stream().mapToLong(event -> event.length).sum())
                        ? fault.label()
                        : null);
        for (byte[] event : ending) {
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
        bill.answered(generated, thought, label);
    }
}

package dev.sluice.standalone.chaos;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** What all callers saw. As long as the run: a run is minutes. */
final class CallTally {

    private final Collection<Answered> answered = new ConcurrentLinkedQueue<>();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong left = new AtomicLong();
    private final AtomicLong brokenOff = new AtomicLong();
    private final AtomicLong nameless = new AtomicLong();

    void answered(Answered answer) {
        answered.add(answer);
    }

    /** Nobody listened: the caller asked elsewhere. */
    void refused() {
        refused.incrementAndGet();
    }

    void left() {
        left.incrementAndGet();
    }

    void brokenOff() {
        brokenOff.incrementAndGet();
    }

    /** An answer without a number of ours. */
    void nameless() {
        nameless.incrementAndGet();
    }

    List<Answered> answers() {
        return List.copyOf(answered);
    }

    long refusedCalls() {
        return refused.get();
    }

    long leftCalls() {
        return left.get();
    }

    long brokenCalls() {
        return brokenOff.get();
    }

    long namelessAnswers() {
        return nameless.get();
    }
}

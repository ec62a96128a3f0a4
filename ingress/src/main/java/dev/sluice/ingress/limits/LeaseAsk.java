package dev.sluice.ingress.limits;

import dev.sluice.ingress.limits.Sharing.Verdict;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A caller who waits for a grant. */
final class LeaseAsk {

    private final List<Demand> demands;
    private final CompletableFuture<Verdict> verdict = new CompletableFuture<>();

    /** What comes of it when nobody waits any more. */
    private volatile Verdict withdrawn = new Verdict.Unknown();

    LeaseAsk(List<Demand> demands) {
        this.demands = demands;
    }

    List<Demand> demands() {
        return demands;
    }

    /**
     * Takes what was granted; gives it back if the caller has stopped waiting.
     *
     * @param needs how much was granted for each demand
     */
    void grant(List<Long> needs, long nowNanos) {
        List<Span> spans = new ArrayList<>(demands.size());
        for (int i = 0; i < demands.size(); i++) {
            Demand demand = demands.get(i);
            spans.add(demand.cell().grant(demand, needs.get(i), nowNanos));
        }
        if (!verdict.complete(new Verdict.Granted(spans))) {
            for (int i = 0; i < demands.size(); i++) {
                Demand demand = demands.get(i);
                demand.cell().settle(spans.get(i), demand, 0);
            }
        }
    }

    void refuse(@Nullable Demand refusing, long nowNanos) {
        if (refusing == null) {
            answer(new Verdict.Unknown());
        } else {
            refusing.cell().refused(refusing, nowNanos);
            answer(new Verdict.Refused(refusing));
        }
    }

    /** Others have slack that this one may be granted; if they do not give it, it is refused. */
    void waitFor(Demand scarce) {
        withdrawn = new Verdict.Refused(scarce);
    }

    /** Stops waiting. */
    void giveUp() {
        verdict.complete(withdrawn);
    }

    boolean isOver() {
        return verdict.isDone();
    }

    void answer(Verdict given) {
        verdict.complete(given);
    }

    /** Waits; whoever stops waiting is not granted anything afterwards. */
    Verdict await(long nanos) {
        try {
            return verdict.get(nanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return withdraw();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return withdraw();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a verdict never fails", e);
        }
    }

    private Verdict withdraw() {
        verdict.complete(withdrawn);
        return verdict.join();
    }
}

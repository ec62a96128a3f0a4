package dev.sluice.ingress.books;

import dev.sluice.ingress.fleet.AttemptRecorder;
import dev.sluice.ingress.fleet.Flight;
import dev.sluice.ingress.fleet.Leave;
import dev.sluice.ingress.metrics.GatewayMetrics;
import dev.sluice.ingress.routing.RequestTraits;
import dev.sluice.ingress.upstream.Deployment;
import dev.sluice.metering.Journal;
import dev.sluice.schemas.config.GatewayConfig.JournalSettings.WhenFull;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.SpendEventIds;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.UUID;

/** The one place where calls are written down; no endpoint escapes it. */
public final class CallBooks {

    private final Journal journal;
    private final AttemptRecorder fleet;
    private final GatewayMetrics metrics;
    private final WhenFull whenFull;
    private final InstantSource clock;

    /** Books over a journal and the attempt statistics. */
    public CallBooks(
            Journal journal,
            AttemptRecorder fleet,
            GatewayMetrics metrics,
            WhenFull whenFull,
            InstantSource clock) {
        this.journal = journal;
        this.fleet = fleet;
        this.metrics = metrics;
        this.whenFull = whenFull;
        this.clock = clock;
    }

    /**
     * Writes down that an attempt is about to be made.
     *
     * @param traits of the call, as routing sees it
     * @param number 1 for the first attempt of the call
     * @param leave by which it is made
     * @return null if the journal is full and the settings say to refuse then
     */
    public @Nullable OpenAttempt open(
            CallFacts call, RequestTraits traits, Deployment deployment, int number, Leave leave) {
        var attempt =
                new OpenAttempt(
                        journal,
                        metrics,
                        call,
                        whenFull == WhenFull.REFUSE,
                        deployment,
                        number,
                        clock.instant().truncatedTo(ChronoUnit.MICROS));
        // Before the journal, which would be left with a beginning only where this throws.
        Flight flight = fleet.started(deployment.id(), traits, leave);
        boolean isOpen = false;
        try {
            isOpen = journal.started(attempt.presumed()) || whenFull != WhenFull.REFUSE;
        } finally {
            if (!isOpen) {
                flight.failed("cancelled", false, -1);
            }
        }
        attempt.sent(flight);
        return isOpen ? attempt : null;
    }

    /**
     * Writes down that a call ends although its last attempt was not its last by the books: a
     * further one was due and could not be made.
     *
     * @param number of the attempt that was not made
     * @param errorClass why not
     */
    public void abandoned(CallFacts call, Deployment deployment, int number, String errorClass) {
        var attempt =
                new OpenAttempt(
                        journal,
                        metrics,
                        call,
                        /* refuses= */ false,
                        deployment,
                        number,
                        clock.instant().truncatedTo(ChronoUnit.MICROS));
        attempt.notMade(errorClass);
    }

    /** A second attempt was made while the first was silent, and this came of it. */
    public void hedged(GatewayMetrics.Hedge end) {
        metrics.hedged(end);
    }

    /**
     * Writes down an answer that was paid for before: attempt 0, cost 0.
     *
     * @param use where it was, and what was saved
     * @param status how it ended for its caller
     */
    public void cacheHit(
            CallFacts call,
            String model,
            SpendEvent.CacheUse use,
            SpendEvent.Status status,
            @Nullable String errorClass) {
        var now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        UUID id = call.requestId();
        journal.ended(
                new SpendEvent(
                        SpendEventIds.terminal(id, 0),
                        journal.nextPosition(),
                        id,
                        0,
                        /* isFinal= */ true,
                        SpendEvent.Kind.CACHE_HIT,
                        now,
                        now,
                        call.owner(),
                        call.callType(),
                        new SpendEvent.Target(call.modelGroup(), null, null, model, null),
                        null,
                        status,
                        errorClass,
                        call.stream(),
                        -1,
                        Usage.NONE,
                        0,
                        null,
                        use,
                        call.caller().batch()));
    }
}

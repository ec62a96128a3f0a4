package dev.sluice.ingress.dispatch;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.books.CallBooks;
import dev.sluice.ingress.books.CallFacts;
import dev.sluice.ingress.books.OpenAttempt;
import dev.sluice.ingress.dispatch.Dispatcher.Outcome;
import dev.sluice.ingress.limits.Admission;
import dev.sluice.ingress.limits.Reservation;
import dev.sluice.ingress.metrics.GatewayMetrics.Hedge;
import dev.sluice.ingress.routing.Candidate;
import dev.sluice.ingress.routing.RequestTraits;
import dev.sluice.ingress.upstream.Deployment;
import dev.sluice.ingress.upstream.ModelGroup;
import dev.sluice.providers.openai.RequestPeek;
import dev.sluice.providers.openai.RouterWishes;
import dev.sluice.providers.openai.RouterWishes.Pretence;
import dev.sluice.providers.protocol.ModelCall;
import dev.sluice.providers.protocol.Preparation;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * The trying of one call: the deployments of the group that was asked for, then those of its
 * stand-ins. The attempts are numbered through; only the very last one is final in the books.
 */
final class Trial {

    private final Dispatcher dispatcher;
    private final CallBooks books;
    private final RequestPeek.Facts peek;
    private final byte[] body;
    private final int length;
    private final long deadlineNanos;
    private final StandIns standIns;
    private final RouterWishes wishes;
    private final RequestTraits traits;
    private final boolean mayHedge;

    /** Model groups still to be tried, with what each would be called in the books. */
    private final Deque<ModelGroup> ahead = new ArrayDeque<>();

    private final Set<String> planned = new HashSet<>();
    private CallFacts call;
    private ModelGroup group;
    private List<Candidate> order;
    private Turns turns;

    private int number = 1;
    private int turn;
    private int unfit;
    private int shut;
    private int full;
    private long shortestWait = Long.MAX_VALUE;
    private boolean ignoresRests;
    private int retries;
    private int fallbacks;
    private int hedges;
    private boolean fresh;
    private @Nullable AttemptFailure firstFailure;
    private @Nullable Deployment firstTried;

    Trial(
            Dispatcher dispatcher,
            CallBooks books,
            CallFacts call,
            ModelGroup group,
            RequestPeek.Facts peek,
            byte[] body,
            int length,
            long deadlineNanos,
            StandIns standIns) {
        this.dispatcher = dispatcher;
        this.books = books;
        this.call = call;
        this.group = group;
        this.peek = peek;
        this.body = body;
        this.length = length;
        this.deadlineNanos = deadlineNanos;
        this.standIns = standIns;
        this.wishes = peek.wishes();
        this.traits = dispatcher.traits(call, peek, body, length);
        this.mayHedge = dispatcher.hedgeRules().called(call);
        this.turns = dispatcher.turns(call, group, traits);
        this.order = turns.order();
        planned.add(group.name());
    }

    Dispatched run() {
        Pretence pretence = wishes.pretence();
        Dispatch result = pretence == null ? null : pretend(pretence);
        while (result == null) {
            AttemptFailure none = turns.none();
            if (none != null) {
                result = nobody(none);
                continue;
            }
            Deployment deployment = group.deployment(order.get(turn % order.size()));
            var asked = new ModelCall(call.endpoint(), body, length, peek, deployment.cap());
            result =
                    switch (deployment.protocol().prepare(asked)) {
                        case Preparation.Ready ready -> attempt(deployment, ready);
                        case Preparation unready -> passOver(deployment, unready);
                    };
        }
        return new Dispatched(result, trail());
    }

    private Trail trail() {
        return new Trail(
                group.name(), retries, dispatcher.retryRules().usual(wishes), fallbacks, hedges);
    }

    /** No attempt: it is as if the asked group had failed. Null if a stand-in shall follow. */
    private @Nullable Dispatch pretend(Pretence pretence) {
        Deployment deployment = group.deployment(group.candidates().getFirst());
        AttemptFailure failure = AttemptFailure.pretended(pretence);
        AttemptFailure first = remember(failure, deployment);
        return standIn(failure) ? null : first.refused(deployment, 0);
    }

    /** No attempt: nobody of the group may be asked. Null if a stand-in shall follow. */
    private @Nullable Dispatch nobody(AttemptFailure why) {
        AttemptFailure first = firstFailure == null ? why : firstFailure;
        firstFailure = first;
        if (standIn(why)) {
            return null;
        }
        if (number > 1) {
            books.abandoned(call, requireNonNull(firstTried), number, why.errorClass());
        }
        return first.refused(firstTried, number - 1);
    }

    /**
     * Leave to come and room at a deployment, null where it does not let the call in: it began to
     * rest since the turns were made, or is being probed, or has got all that it may get.
     */
    private @Nullable Reservation enter(Deployment deployment) {
        boolean isForced = turns.isLastResort() || ignoresRests;
        if (isForced || dispatcher.enter(deployment.id())) {
            switch (dispatcher.admit(deployment, call, peek)) {
                case Admission.Admitted(var reservation) -> {
                    knock();
                    return reservation;
                }
                case Admission.Refused refused -> {
                    full++;
                    shortestWait = Math.min(shortestWait, refused.retryAfter().toSeconds());
                    if (!isForced) {
                        dispatcher.leave(deployment.id());
                    }
                }
            }
        }
        shut++;
        unfit = 0;
        turn++;
        return null;
    }

    /** The same for a deployment whose turn it is not yet: nothing is remembered of a refusal. */
    private @Nullable Reservation spareRoom(Deployment deployment) {
        if (!dispatcher.enter(deployment.id())) {
            return null;
        }
        if (dispatcher.admit(deployment, call, peek) instanceof Admission.Admitted(var room)) {
            return room;
        }
        dispatcher.leave(deployment.id());
        return null;
    }

    /** Begins to go round. */
    private void knock() {
        shut = 0;
        full = 0;
        shortestWait = Long.MAX_VALUE;
        ignoresRests = false;
    }

    /** Nobody let the call in. Who only rests has to; limits stay. */
    private @Nullable Dispatch shutOut() {
        if (full == order.size()) {
            long seconds = Math.max(1, shortestWait);
            return nobody(AttemptFailure.full(group.name(), seconds));
        }
        knock();
        ignoresRests = true;
        return null;
    }

    /** No attempt: the provider was not asked. Null if another deployment may do. */
    private @Nullable Dispatch passOver(Deployment deployment, Preparation unready) {
        AttemptFailure failure = AttemptFailure.of(unready);
        AttemptFailure first = remember(failure, deployment);
        turn++;
        if (++unfit < order.size() || standIn(failure)) {
            return null;
        }
        if (number > 1) {
            books.abandoned(call, deployment, number, failure.errorClass());
        }
        return first.refused(requireNonNull(firstTried), number - 1);
    }

    /** One attempt. Null if another shall follow. */
    private @Nullable Dispatch attempt(Deployment deployment, Preparation.Ready ready) {
        Reservation room = enter(deployment);
        if (room == null) {
            return shut < order.size() ? null : shutOut();
        }
        unfit = 0;
        OpenAttempt attempt = open(deployment, room);
        if (attempt == null) {
            AttemptFailure first = firstFailure;
            if (first == null || number == 1) {
                return Dispatcher.booksAreFull(0);
            }
            books.abandoned(call, deployment, number, "journal_full");
            return first.refused(requireNonNull(firstTried), number - 1);
        }
        long delay =
                mayHedge && order.size() > 1 && !fresh
                        ? dispatcher.hedgeAfterNanos(deployment, traits)
                        : HedgeRules.NEVER;
        if (delay != HedgeRules.NEVER) {
            return race(attempt, deployment, ready, delay);
        }
        return ended(
                attempt,
                deployment,
                dispatcher.booked(call, attempt, ready, fresh, wishes, deadlineNanos));
    }

    private @Nullable Dispatch ended(OpenAttempt attempt, Deployment deployment, Outcome outcome) {
        return switch (outcome) {
            case Outcome.Answered(Dispatch answer) ->
                    attempt.isWithheld() ? Dispatcher.booksAreFull(number) : answer;
            case Outcome.Failed(AttemptFailure failure) -> failed(attempt, deployment, failure);
        };
    }

    /** One attempt, and another one elsewhere if it is silent for too long. */
    private @Nullable Dispatch race(
            OpenAttempt attempt, Deployment deployment, Preparation.Ready ready, long delayNanos) {
        var race = new Race();
        int before = hedges;
        Race.Leg last =
                race.run(
                        leg(race, attempt, deployment, ready),
                        delayNanos,
                        () -> hedge(race),
                        failed -> {
                            if (failed.outcome() instanceof Outcome.Failed(var failure)) {
                                remember(failure, failed.deployment());
                            }
                        });
        if (hedges > before) {
            boolean isAnswered = last.outcome() instanceof Outcome.Answered;
            books.hedged(
                    !isAnswered
                            ? Hedge.FAILED
                            : last.attempt() == attempt ? Hedge.LOST : Hedge.WON);
        }
        return ended(last.attempt(), last.deployment(), last.outcome());
    }

    private Race.Leg leg(
            Race race, OpenAttempt attempt, Deployment deployment, Preparation.Ready ready) {
        return race.start(
                attempt,
                deployment,
                () -> dispatcher.booked(call, attempt, ready, fresh, wishes, deadlineNanos));
    }

    /** A second attempt at the next deployment that has room; null if there is none. */
    private Race.@Nullable Leg hedge(Race race) {
        for (int i = 1; i < order.size(); i++) {
            Deployment next = group.deployment(order.get((turn + i) % order.size()));
            var asked = new ModelCall(call.endpoint(), body, length, peek, next.cap());
            if (!(next.protocol().prepare(asked) instanceof Preparation.Ready ready)) {
                continue;
            }
            Reservation room = spareRoom(next);
            if (room == null) {
                continue;
            }
            if (!dispatcher.hedgeRules().take()) {
                dispatcher.leave(next.id());
                room.release();
                return null;
            }
            number++;
            OpenAttempt attempt = open(next, room);
            if (attempt == null) {
                number--;
                return null;
            }
            turn += i;
            hedges++;
            return leg(race, attempt, next, ready);
        }
        return null;
    }

    /** Opens it in the books; where that fails, leave and room are given back. */
    private @Nullable OpenAttempt open(Deployment deployment, Reservation room) {
        OpenAttempt attempt = null;
        try {
            attempt = books.open(call, traits, deployment, number);
        } finally {
            if (attempt == null) {
                dispatcher.leave(deployment.id());
                room.release();
            }
        }
        if (attempt != null) {
            attempt.whenEnded(tokens -> room.settle(tokens, 0));
        }
        return attempt;
    }

    private @Nullable Dispatch failed(
            OpenAttempt attempt, Deployment deployment, AttemptFailure failure) {
        boolean stale = failure.isStale();
        boolean elsewhere = order.size() > 1;
        long waitNanos =
                stale || elsewhere
                        ? 0
                        : dispatcher
                                .retryRules()
                                .waitNanos(retries, failure, ThreadLocalRandom.current());
        boolean inTime = System.nanoTime() + waitNanos - deadlineNanos < 0;
        boolean again = stale ? inTime : inTime && retries(deployment, failure);
        AttemptFailure first = remember(failure, deployment);
        boolean falls = !again && inTime && standIn(failure);
        Dispatcher.book(attempt, failure, /* isFinal= */ !again && !falls);
        if (!again && !falls) {
            return first.refused(requireNonNull(firstTried), number);
        }
        number++;
        fresh = stale;
        if (falls || stale) {
            return null;
        }
        retries++;
        turn++;
        if (waitNanos > 0) {
            LockSupport.parkNanos(waitNanos);
        }
        return null;
    }

    private boolean retries(Deployment deployment, AttemptFailure failure) {
        boolean elsewhere = order.size() > 1;
        FailureClass kind = FailureClass.of(failure);
        RetryRules rules = dispatcher.retryRules();
        return retries < rules.most(group.name(), kind, wishes)
                && rules.mayRetry(group.name(), kind, failure)
                && (elsewhere || !failure.elsewhereOnly())
                && (!isSpent(deployment, kind) || !hasStandIn(kind))
                && dispatcher.retryBudget().take();
    }

    /** Whether all deployments of the group rest: a stand-in is better than to wait. */
    private boolean isSpent(Deployment failed, FailureClass kind) {
        for (Candidate candidate : order) {
            String id = candidate.deploymentId();
            // The failure is booked later, but a provider that has enough rests from now on.
            boolean restsNow = kind == FailureClass.RATE_LIMIT && id.equals(failed.id());
            if (!restsNow && !dispatcher.rests(id)) {
                return false;
            }
        }
        return true;
    }

    private boolean hasStandIn(FailureClass kind) {
        return !ahead.isEmpty() || !names(kind).isEmpty();
    }

    /** Turns to the next stand-in; false if there is none. */
    private boolean standIn(AttemptFailure failure) {
        if (wishes.disableFallbacks()
                || fallbacks >= dispatcher.fallbackRules().most()
                || !failure.isAnybodys()) {
            return false;
        }
        plan(names(FailureClass.of(failure)));
        ModelGroup next = ahead.poll();
        if (next == null) {
            return false;
        }
        fallbacks++;
        group = next;
        call = call.of(next.name());
        turns = dispatcher.turns(call, next, traits);
        order = turns.order();
        turn = 0;
        unfit = 0;
        knock();
        retries = 0;
        fresh = false;
        return true;
    }

    /** The caller's own come first, and only for the group that he asked for. */
    private List<String> names(FailureClass kind) {
        if (wishes.disableFallbacks()) {
            return List.of();
        }
        List<String> asked = wishes.fallbacks();
        return fallbacks == 0 && asked != null
                ? asked
                : dispatcher.fallbackRules().of(group.name(), kind);
    }

    /** A stand-in's own stand-ins come before those that are still ahead; none comes twice. */
    private void plan(List<String> names) {
        List<ModelGroup> found = new ArrayList<>();
        for (String name : names) {
            ModelGroup standIn = planned.contains(name) ? null : standIns.find(name);
            if (standIn != null && !standIn.candidates().isEmpty() && planned.add(standIn.name())) {
                found.add(standIn);
            }
        }
        found.reversed().forEach(ahead::addFirst);
    }

    private AttemptFailure remember(AttemptFailure failure, Deployment deployment) {
        AttemptFailure first = firstFailure;
        firstTried = firstTried == null ? deployment : firstTried;
        if (first == null || first.isStale()) {
            firstFailure = failure;
            firstTried = deployment;
            return failure;
        }
        return first;
    }
}

package dev.sluice.ingress.dispatch;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toUnmodifiableSet;

import dev.sluice.ingress.books.CallBooks;
import dev.sluice.ingress.books.CallFacts;
import dev.sluice.ingress.books.OpenAttempt;
import dev.sluice.ingress.capacity.Asking;
import dev.sluice.ingress.capacity.Entry;
import dev.sluice.ingress.capacity.Waited;
import dev.sluice.ingress.dispatch.Dispatcher.Outcome;
import dev.sluice.ingress.fleet.Leave;
import dev.sluice.ingress.routing.Candidate;
import dev.sluice.ingress.routing.RequestTraits;
import dev.sluice.ingress.upstream.Deployment;
import dev.sluice.ingress.upstream.ModelGroup;
import dev.sluice.providers.openai.RequestPeek;
import dev.sluice.providers.openai.RouterWishes;
import dev.sluice.providers.openai.RouterWishes.Pretence;
import dev.sluice.providers.protocol.Preparation;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The trying of one call: the deployments of the group that was asked for, then those of its
 * stand-ins. The attempts are numbered through; only the very last one is final in the books.
 */
final class Trial {

    private final Dispatcher dispatcher;
    private final CallBooks books;
    private final long begunNanos = System.nanoTime();
    private final long deadlineNanos;
    private final StandInPlan standIns;
    private final RouterWishes wishes;
    private final Round round = new Round();

    /** Null for most calls: of these nothing is told. */
    private final @Nullable DecisionDraft draft;

    /** Deployments whose provider cannot be asked this, or not now. */
    private final Set<String> unready = new HashSet<>(2);

    private CallFacts call;
    private RequestPeek.Facts peek;
    private int length;
    private RequestTraits traits;
    private Sender sender;

    /** What is asked of stand-ins; null for the same as of others. */
    private final @Nullable WholeCall whole;

    private boolean isWhole;
    private ModelGroup group;
    private List<Candidate> order;
    private Turns turns;

    private int number = 1;
    private int turn;
    private int unfit;
    private int retries;
    private int hedges;
    private boolean fresh;
    private @Nullable AttemptFailure firstFailure;
    private @Nullable Deployment firstTried;

    /** The first group that is worth waiting for, where nobody has room. */
    private @Nullable Saturated saturated;

    /** What it got by waiting, and is to use next. */
    private @Nullable Berth granted;

    Trial(
            Dispatcher dispatcher,
            CallBooks books,
            WholeCall asked,
            ModelGroup group,
            long deadlineNanos,
            StandIns standIns,
            @Nullable WholeCall whole) {
        this.dispatcher = dispatcher;
        this.books = books;
        this.call = asked.facts();
        this.group = group;
        this.peek = asked.peek();
        this.length = asked.length();
        this.whole = whole;
        this.deadlineNanos = deadlineNanos;
        this.wishes = peek.wishes();
        this.standIns = new StandInPlan(dispatcher.fallbackRules(), wishes, standIns, group.name());
        this.traits = dispatcher.traits(call, peek, asked.body(), length);
        this.draft = dispatcher.draft(call);
        this.sender =
                new Sender(
                        dispatcher,
                        books,
                        peek,
                        asked.body(),
                        length,
                        deadlineNanos,
                        traits,
                        draft,
                        dispatcher.hedgeRules().called(call),
                        this::remember);
        this.turns = dispatcher.turns(call, group, traits, draft);
        this.order = turns.order();
    }

    Dispatched run() {
        Dispatched done = null;
        try {
            done = new Dispatched(answer(), trail(), isWhole);
            return done;
        } finally {
            giveBack();
            if (done == null) {
                sender.died(call);
            }
            if (draft != null) {
                draft.over();
            }
        }
    }

    private Dispatch answer() {
        Pretence pretence = wishes.pretence();
        Dispatch result = pretence == null ? null : pretend(pretence);
        while (result == null) {
            AttemptFailure none = turns.none();
            if (none != null) {
                result = none.isFull() ? full(none, none.retryAfter()) : nobody(none);
                continue;
            }
            Deployment deployment = turnOf();
            result =
                    switch (sender.prepare(call, deployment)) {
                        case Preparation.Ready ready -> attempt(deployment, ready);
                        case Preparation unready -> passOver(deployment, unready);
                    };
        }
        return result;
    }

    private Trail trail() {
        return new Trail(
                group.name(),
                retries,
                dispatcher.retryRules().usual(wishes),
                standIns.taken(),
                hedges);
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
        Saturated place = saturated;
        if (place != null) {
            return waits(place);
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
    private @Nullable Berth enter(Deployment deployment) {
        Leave leave = dispatcher.enter(deployment.id());
        if (leave == null && (turns.isLastResort() || round.ignoresRests())) {
            leave = Leave.ANY;
        }
        if (leave != null) {
            switch (dispatcher.admit(deployment, call, peek, round.exceedsLearned())) {
                case Entry.In(var room) -> {
                    round.begin();
                    return new Berth(leave, room);
                }
                case Entry.Full refused -> {
                    round.full(refused);
                    leave.giveBack();
                }
            }
        }
        round.shut();
        unfit = 0;
        turn++;
        return null;
    }

    /** Nobody let the call in. Who only rests has to; limits stay. */
    private @Nullable Dispatch shutOut() {
        return goesRoundAgain()
                ? null
                : full(
                        AttemptFailure.full(group.name(), round.retryAfterSeconds()),
                        round.soonest());
    }

    private boolean goesRoundAgain() {
        return round.again(order.size(), dispatcher.capacity().exceedsLearned());
    }

    /** All deployments of the group have got what they may get. Null if the call goes on. */
    private @Nullable Dispatch full(AttemptFailure why, Duration least) {
        if (saturated == null && dispatcher.capacity().mayWait(least)) {
            saturated = new Saturated(group, call, order, standIns.taken());
        }
        return nobody(why);
    }

    /** Nobody else has room: the call waits for the group that was found full first. */
    private @Nullable Dispatch waits(Saturated place) {
        saturated = null;
        group = place.group();
        call = whole != null && isWhole ? whole.facts().of(group.name()) : place.call();
        order = place.order();
        turn = 0;
        var asking =
                new Asking(
                        deployments(),
                        call.caller().tenant(),
                        traits.expectedTokens(),
                        length,
                        uselessNanos());
        return switch (dispatcher.capacity().await(asking, this::goRound)) {
            case Waited.Entered _ -> entered(place);
            case Waited.Closed _ -> inVain(AttemptFailure.stopping());
            case Waited.Refused(var after) ->
                    inVain(AttemptFailure.full(group.name(), after.toSeconds()));
        };
    }

    /** That all were full is no failure of a call that got in, nor were stand-ins tried for it. */
    private @Nullable Dispatch entered(Saturated place) {
        standIns.backTo(place.fallbacks());
        if (firstFailure != null && firstFailure.isFull()) {
            firstFailure = null;
            firstTried = null;
        }
        return null;
    }

    /** It has waited in vain, which says more than that all were full before. */
    private @Nullable Dispatch inVain(AttemptFailure why) {
        AttemptFailure first = firstFailure;
        firstFailure = first == null || first.isFull() ? why : first;
        return nobody(why);
    }

    /** One try of a call that waits: with everybody, as things stand now. */
    private @Nullable Duration goRound() {
        Deliberation seen = draft == null ? null : new Deliberation();
        turns = dispatcher.deliberate(call, group, traits, seen);
        order =
                turns.order().stream()
                        .filter(candidate -> !unready.contains(candidate.deploymentId()))
                        .toList();
        turn = 0;
        AttemptFailure none = turns.none();
        if (none != null) {
            return none.isFull() ? none.retryAfter() : Duration.ZERO;
        }
        if (order.isEmpty()) {
            // Who could serve it rests.
            return Duration.ZERO;
        }
        round.begin();
        do {
            for (int i = 0; i < order.size(); i++) {
                granted = enter(turnOf());
                if (granted != null) {
                    if (draft != null && seen != null) {
                        draft.decided(call, group, traits, turns, seen);
                    }
                    return null;
                }
            }
        } while (goesRoundAgain());
        return round.soonest();
    }

    private Deployment turnOf() {
        return group.deployment(order.get(turn % order.size()));
    }

    private Set<String> deployments() {
        List<Candidate> candidates = order.isEmpty() ? group.candidates() : order;
        return candidates.stream().map(Candidate::deploymentId).collect(toUnmodifiableSet());
    }

    /** When the caller will have gone: as he asks for, or as the router is told. */
    private long uselessNanos() {
        Duration asked = wishes.timeout();
        return asked == null
                ? deadlineNanos
                : begunNanos + Math.min(asked.toNanos(), deadlineNanos - begunNanos);
    }

    /** Whether others wait for these deployments, who have come before. */
    private boolean isBehindOthers() {
        return number == 1
                && dispatcher.capacity().isAnybodyWaiting()
                && dispatcher.capacity().isAwaited(deployments());
    }

    /** What was got by waiting and is of no use is free again. */
    private void giveBack() {
        Berth berth = granted;
        granted = null;
        if (berth != null) {
            berth.giveBack();
        }
    }

    /** No attempt: the provider was not asked. Null if another deployment may do. */
    private @Nullable Dispatch passOver(Deployment deployment, Preparation unready) {
        giveBack();
        this.unready.add(deployment.id());
        AttemptFailure failure = AttemptFailure.of(unready);
        AttemptFailure first = remember(failure, deployment);
        turn++;
        if (++unfit < order.size() || standIn(failure)) {
            return null;
        }
        Saturated place = saturated;
        if (place != null) {
            return waits(place);
        }
        if (number > 1) {
            books.abandoned(call, deployment, number, failure.errorClass());
        }
        return first.refused(requireNonNull(firstTried), number - 1);
    }

    /** One attempt. Null if another shall follow. */
    private @Nullable Dispatch attempt(Deployment deployment, Preparation.Ready ready) {
        Berth berth = granted;
        granted = null;
        if (berth == null && isBehindOthers()) {
            return full(AttemptFailure.full(group.name(), 1), Duration.ZERO);
        }
        berth = berth == null ? enter(deployment) : berth;
        if (berth == null) {
            return round.isOver(order.size()) ? shutOut() : null;
        }
        unfit = 0;
        OpenAttempt attempt = sender.open(call, deployment, berth, number);
        if (attempt == null) {
            AttemptFailure first = firstFailure;
            if (first == null || number == 1) {
                return Dispatcher.booksAreFull(0);
            }
            books.abandoned(call, deployment, number, "journal_full");
            return first.refused(requireNonNull(firstTried), number - 1);
        }
        var whom = new Sender.Whom(call, group, order, turn, number);
        Sender.Sent sent = sender.send(whom, attempt, ready, fresh);
        hedges += sent.hedges();
        number += sent.hedges();
        turn += sent.turns();
        return switch (sent.outcome()) {
            case Outcome.Answered(Dispatch answer) ->
                    sent.attempt().isWithheld() ? Dispatcher.booksAreFull(number) : answer;
            case Outcome.Failed(AttemptFailure failure) ->
                    failed(sent.attempt(), sent.deployment(), failure);
        };
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
        RetryRules.pause(waitNanos);
        return null;
    }

    private boolean retries(Deployment deployment, AttemptFailure failure) {
        boolean elsewhere = order.size() > 1;
        FailureClass kind = FailureClass.of(failure);
        RetryRules rules = dispatcher.retryRules();
        return retries < rules.most(group.name(), kind, wishes)
                && rules.mayRetry(group.name(), kind, failure)
                && (elsewhere || !failure.elsewhereOnly())
                && (!isSpent(deployment, kind) || !standIns.hasNext(group.name(), kind))
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

    /** Turns to the next stand-in; false if there is none. */
    private boolean standIn(AttemptFailure failure) {
        ModelGroup next = standIns.next(group.name(), failure);
        if (next == null) {
            return false;
        }
        group = next;
        askForAll();
        call = call.of(next.name());
        turns = dispatcher.turns(call, next, traits, draft);
        order = turns.order();
        turn = 0;
        unfit = 0;
        round.begin();
        retries = 0;
        fresh = false;
        return true;
    }

    /** What is known of the answer is another model's: from now on nothing is. */
    private void askForAll() {
        WholeCall all = whole;
        if (all == null || isWhole) {
            return;
        }
        isWhole = true;
        call = all.facts();
        peek = all.peek();
        length = all.length();
        traits = dispatcher.traits(call, peek, all.body(), length);
        sender = sender.of(all, traits);
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

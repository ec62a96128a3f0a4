package dev.sluice.ingress.dispatch;

import dev.sluice.ingress.books.CallBooks;
import dev.sluice.ingress.books.CallFacts;
import dev.sluice.ingress.books.OpenAttempt;
import dev.sluice.ingress.capacity.Entry;
import dev.sluice.ingress.capacity.Room;
import dev.sluice.ingress.dispatch.Dispatcher.Outcome;
import dev.sluice.ingress.fleet.Leave;
import dev.sluice.ingress.metrics.GatewayMetrics.Hedge;
import dev.sluice.ingress.routing.Candidate;
import dev.sluice.ingress.routing.RequestTraits;
import dev.sluice.ingress.upstream.Deployment;
import dev.sluice.ingress.upstream.ModelGroup;
import dev.sluice.providers.openai.RequestPeek;
import dev.sluice.providers.protocol.ModelCall;
import dev.sluice.providers.protocol.Preparation;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Sends the attempts of one call: each opened in the books, and a second one elsewhere while the
 * first is silent for longer than {@link HedgeRules} say.
 */
final class Sender {

    private final Dispatcher dispatcher;
    private final CallBooks books;
    private final RequestPeek.Facts peek;
    private final byte[] body;
    private final int length;
    private final long deadlineNanos;
    private final RequestTraits traits;
    private final @Nullable DecisionDraft draft;
    private final boolean mayHedge;
    private final BiConsumer<AttemptFailure, Deployment> failed;
    private final List<OpenAttempt> opened;

    /**
     * Of one call.
     *
     * @param draft where its routing is written down, null where it is not
     * @param mayHedge whether its attempts may be hedged at all
     * @param failed is told of an attempt that failed, and is booked, while another one runs
     */
    Sender(
            Dispatcher dispatcher,
            CallBooks books,
            RequestPeek.Facts peek,
            byte[] body,
            int length,
            long deadlineNanos,
            RequestTraits traits,
            @Nullable DecisionDraft draft,
            boolean mayHedge,
            BiConsumer<AttemptFailure, Deployment> failed) {
        this(
                dispatcher,
                books,
                peek,
                body,
                length,
                deadlineNanos,
                traits,
                draft,
                mayHedge,
                failed,
                new ArrayList<>(2));
    }

    private Sender(
            Dispatcher dispatcher,
            CallBooks books,
            RequestPeek.Facts peek,
            byte[] body,
            int length,
            long deadlineNanos,
            RequestTraits traits,
            @Nullable DecisionDraft draft,
            boolean mayHedge,
            BiConsumer<AttemptFailure, Deployment> failed,
            List<OpenAttempt> opened) {
        this.dispatcher = dispatcher;
        this.books = books;
        this.peek = peek;
        this.body = body;
        this.length = length;
        this.deadlineNanos = deadlineNanos;
        this.traits = traits;
        this.draft = draft;
        this.mayHedge = mayHedge;
        this.failed = failed;
        this.opened = opened;
    }

    /** The same for all that the call asks for; attempts that were made before remain its own. */
    Sender of(WholeCall whole, RequestTraits itsTraits) {
        return new Sender(
                dispatcher,
                books,
                whole.peek(),
                whole.body(),
                whole.length(),
                deadlineNanos,
                itsTraits,
                draft,
                mayHedge,
                failed,
                opened);
    }

    /**
     * Whom an attempt is for.
     *
     * @param order in which the group's deployments are asked
     * @param turn whose turn it is, by its place in the order or a multiple of it
     * @param number of the attempt
     */
    record Whom(CallFacts call, ModelGroup group, List<Candidate> order, int turn, int number) {

        Deployment deployment(int after) {
            return group.deployment(order.get((turn + after) % order.size()));
        }
    }

    /**
     * What came of it: of the attempt that answered, or of the last that failed.
     *
     * @param hedges second attempts that were made
     * @param turns by how many the turn has gone on
     */
    record Sent(
            OpenAttempt attempt, Deployment deployment, Outcome outcome, int hedges, int turns) {}

    Preparation prepare(CallFacts call, Deployment deployment) {
        return deployment
                .protocol()
                .prepare(new ModelCall(call.endpoint(), body, length, peek, deployment.cap()));
    }

    /** Opens an attempt in the books; where that fails, the berth is given back. */
    @Nullable OpenAttempt open(CallFacts call, Deployment deployment, Berth berth, int number) {
        OpenAttempt attempt = null;
        try {
            attempt = books.open(call, traits, deployment, number, berth.leave());
        } finally {
            if (attempt == null) {
                berth.giveBack();
            }
        }
        if (attempt != null) {
            opened.add(attempt);
            watch(attempt, berth.room());
        }
        return attempt;
    }

    private void watch(OpenAttempt attempt, Room room) {
        DecisionDraft told = draft;
        if (told == null) {
            attempt.whenEnded(room::settle);
            return;
        }
        int decision = told.opened();
        attempt.whenEnded(tokens -> {
            room.settle(tokens);
            told.ended(attempt, decision);
        });
    }

    /** A bug of ours ends the call: each attempt ends in the books, and one of them is the last. */
    void died(CallFacts call) {
        boolean isOver = opened.stream().anyMatch(OpenAttempt::isFinal);
        for (OpenAttempt attempt : opened.reversed()) {
            if (!attempt.isEnded()) {
                attempt.died(!isOver);
                isOver = true;
            }
        }
        if (!isOver && !opened.isEmpty()) {
            OpenAttempt last = opened.getLast();
            books.abandoned(call, last.deployment(), last.number() + 1, "internal_error");
        }
    }

    /** Sends an attempt that is open, and waits for the beginning of its answer. */
    Sent send(Whom whom, OpenAttempt attempt, Preparation.Ready ready, boolean fresh) {
        Deployment deployment = whom.deployment(0);
        long delay =
                mayHedge && whom.order().size() > 1 && !fresh
                        ? dispatcher.hedgeAfterNanos(deployment, traits)
                        : HedgeRules.NEVER;
        if (delay == HedgeRules.NEVER) {
            return new Sent(attempt, deployment, ask(whom.call(), attempt, ready, fresh), 0, 0);
        }
        return race(whom, attempt, ready, delay);
    }

    private Outcome ask(
            CallFacts call, OpenAttempt attempt, Preparation.Ready ready, boolean fresh) {
        return dispatcher.attempt(call, attempt, ready, fresh, peek.wishes(), deadlineNanos);
    }

    private Sent race(Whom whom, OpenAttempt attempt, Preparation.Ready ready, long delayNanos) {
        var race = new Race();
        var second = new Second(whom, race);
        leg(whom.call(), race, attempt, whom.deployment(0), ready);
        Race.Leg last =
                race.run(
                        delayNanos,
                        second::start,
                        leg -> {
                            AttemptFailure failure = leg.failure();
                            if (failure != null && !failure.isOutrun()) {
                                failed.accept(failure, leg.deployment());
                            }
                        });
        if (second.turns > 0) {
            boolean isAnswered = last.outcome() instanceof Outcome.Answered;
            Hedge end = last.attempt() == attempt ? Hedge.LOST : Hedge.WON;
            books.hedged(isAnswered ? end : Hedge.FAILED);
        }
        return new Sent(
                last.attempt(),
                last.deployment(),
                last.outcome(),
                second.turns > 0 ? 1 : 0,
                second.turns);
    }

    private Race.Leg leg(
            CallFacts call,
            Race race,
            OpenAttempt attempt,
            Deployment deployment,
            Preparation.Ready ready) {
        return race.start(attempt, deployment, () -> ask(call, attempt, ready, /* fresh= */ false));
    }

    /** A second attempt at the next deployment that has room, if there is one. */
    private final class Second {

        private final Whom whom;
        private final Race race;
        private int turns;

        Second(Whom whom, Race race) {
            this.whom = whom;
            this.race = race;
        }

        Race.@Nullable Leg start() {
            if (dispatcher.capacity().isAnybodyWaiting()) {
                // A second attempt must not overtake calls that wait for their first.
                return null;
            }
            for (int after = 1; after < whom.order().size(); after++) {
                Deployment next = whom.deployment(after);
                if (!(prepare(whom.call(), next) instanceof Preparation.Ready ready)) {
                    continue;
                }
                Berth berth = spareBerth(next);
                if (berth == null) {
                    continue;
                }
                if (!dispatcher.hedgeRules().take()) {
                    berth.giveBack();
                    return null;
                }
                OpenAttempt attempt = open(whom.call(), next, berth, whom.number() + 1);
                if (attempt == null) {
                    return null;
                }
                try {
                    Race.Leg leg = leg(whom.call(), race, attempt, next, ready);
                    turns = after;
                    return leg;
                } catch (RuntimeException | Error e) {
                    attempt.died(/* isFinal= */ false);
                    throw e;
                }
            }
            return null;
        }

        private @Nullable Berth spareBerth(Deployment deployment) {
            Leave leave = dispatcher.enter(deployment.id());
            if (leave == null) {
                return null;
            }
            if (dispatcher.admit(deployment, whom.call(), peek, /* exceedsLearned= */ false)
                    instanceof Entry.In(var room)) {
                return new Berth(leave, room);
            }
            leave.giveBack();
            return null;
        }
    }
}

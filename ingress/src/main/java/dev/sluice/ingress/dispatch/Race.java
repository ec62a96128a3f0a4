package dev.sluice.ingress.dispatch;

import dev.sluice.ingress.books.OpenAttempt;
import dev.sluice.ingress.dispatch.Dispatcher.Outcome;
import dev.sluice.ingress.upstream.Deployment;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Two attempts of one call at once. The first that has something to say to the caller wins; the
 * other one is interrupted, which closes its connection, and booked as outrun.
 *
 * <p>Each leg runs in a thread of its own. Who is done stands in a queue until the call's thread
 * takes it out, or the leg itself if that thread has gone on without it: exactly one of them books
 * what became of it.
 */
final class Race {

    private static final Logger LOGGER = LoggerFactory.getLogger(Race.class);

    private final BlockingQueue<Leg> done = new ArrayBlockingQueue<>(2);
    private final AtomicReference<@Nullable Leg> winner = new AtomicReference<>();
    private final List<Leg> legs = new ArrayList<>(2);
    private boolean interrupted;

    /** One attempt on its way. */
    final class Leg {

        private final OpenAttempt attempt;
        private final Deployment deployment;
        private final Supplier<Outcome> asking;
        private final Thread thread = Thread.ofVirtual().name("attempt").unstarted(this::run);
        private volatile boolean isForsaken;
        private @Nullable Outcome outcome;
        private @Nullable Throwable bug;

        private Leg(OpenAttempt attempt, Deployment deployment, Supplier<Outcome> asking) {
            this.attempt = attempt;
            this.deployment = deployment;
            this.asking = asking;
        }

        OpenAttempt attempt() {
            return attempt;
        }

        Deployment deployment() {
            return deployment;
        }

        /** Of a leg that is done; throws what it died of. */
        Outcome outcome() {
            if (outcome == null) {
                throw new IllegalStateException("the attempt died", bug);
            }
            return outcome;
        }

        /** How it failed; null where it did not, or died. */
        @Nullable AttemptFailure failure() {
            return outcome instanceof Outcome.Failed(var failure) ? failure : null;
        }

        private boolean claim() {
            return winner.compareAndSet(null, this) || winner.get() == this;
        }

        private void run() {
            try {
                outcome = asking.get();
            } catch (RuntimeException | Error e) {
                LOGGER.atError().setCause(e).log("an attempt died");
                bug = e;
            }
            done.add(this);
            if (isForsaken && done.remove(this)) {
                bookLost();
            }
        }

        private boolean isAnswered() {
            return outcome instanceof Outcome.Answered;
        }

        /** It was not wanted any more; how it ended is our doing, unless the provider refused. */
        private void bookLost() {
            // An interrupt that is still pending would close the journal's file.
            boolean pending = Thread.interrupted();
            if (outcome instanceof Outcome.Answered(Dispatch.Stream(_, var response, _, _))) {
                response.cancel();
            }
            if (!attempt.isEnded()) {
                AttemptFailure failure = failure();
                if (failure != null && failure.isRefusal()) {
                    Dispatcher.book(attempt, failure, /* isFinal= */ false);
                } else if (bug != null) {
                    attempt.died(/* isFinal= */ false);
                } else {
                    attempt.outrun();
                }
            }
            if (pending) {
                Thread.currentThread().interrupt();
            }
        }

        private void bookFailed() {
            AttemptFailure failure = failure();
            if (failure == null) {
                attempt.died(/* isFinal= */ false);
            } else if (failure.isOutrun()) {
                attempt.outrun();
            } else {
                Dispatcher.book(attempt, failure, /* isFinal= */ false);
            }
        }
    }

    /** Sends an attempt on its way; two at most. */
    Leg start(OpenAttempt attempt, Deployment deployment, Supplier<Outcome> asking) {
        Leg leg = new Leg(attempt, deployment, asking);
        legs.add(leg);
        attempt.claimsBy(leg::claim);
        leg.thread.start();
        return leg;
    }

    /**
     * Waits for an answer of the leg that was started, with a second one where it is silent for too
     * long. Interrupting the thread that waits ends both at once. A leg that dies has failed.
     *
     * @param second sends the second leg on its way; null where there is none to send
     * @param failed is told of a leg that failed, and is booked, while the other one runs
     * @return who answered, or failed or died last and is not booked yet
     */
    Leg run(long delayNanos, Supplier<@Nullable Leg> second, Consumer<Leg> failed) {
        Leg last = null;
        try {
            last = last(delayNanos, second, failed);
            return last;
        } finally {
            for (Leg leg : legs) {
                if (leg != last) {
                    forsake(leg);
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Leg last(long delayNanos, Supplier<@Nullable Leg> second, Consumer<Leg> failed) {
        Leg ended = first(delayNanos);
        if (ended != null) {
            return ended;
        }
        Leg other = interrupted ? null : started(second);
        ended = next();
        if (other == null || ended.isAnswered()) {
            return ended;
        }
        ended.bookFailed();
        failed.accept(ended);
        return next();
    }

    /** A bug in beginning the second leg must not cost the answer of the first. */
    private static @Nullable Leg started(Supplier<@Nullable Leg> second) {
        try {
            return second.get();
        } catch (RuntimeException e) {
            LOGGER.atError().setCause(e).log("a second attempt could not be made");
            return null;
        }
    }

    private @Nullable Leg first(long nanos) {
        try {
            return done.poll(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            interrupt();
            return null;
        }
    }

    private Leg next() {
        while (true) {
            try {
                return done.take();
            } catch (InterruptedException e) {
                interrupt();
            }
        }
    }

    private void interrupt() {
        interrupted = true;
        legs.forEach(leg -> leg.thread.interrupt());
    }

    /**
     * Ends a leg that is not wanted any more. It is booked by a thread of its own: an estimate has
     * the prompt counted, and the caller waits for the answer of the other one.
     */
    private void forsake(Leg leg) {
        leg.isForsaken = true;
        leg.thread.interrupt();
        if (done.remove(leg)) {
            Thread.ofVirtual().name("attempt").start(leg::bookLost);
        }
    }
}

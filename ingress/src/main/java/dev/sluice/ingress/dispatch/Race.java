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

    /** An interrupt ends an exchange at once; a caller does not wait longer than this for it. */
    private static final long FAREWELL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

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
        private @Nullable RuntimeException bug;

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

        /** Of a leg that is done. */
        Outcome outcome() {
            if (bug != null) {
                throw bug;
            }
            if (outcome == null) {
                throw new IllegalStateException("the leg is not done");
            }
            return outcome;
        }

        private boolean claim() {
            return winner.compareAndSet(null, this) || winner.get() == this;
        }

        private void run() {
            try {
                outcome = asking.get();
            } catch (RuntimeException e) {
                bug = e;
            }
            done.add(this);
            if (isForsaken && done.remove(this)) {
                bookLost();
            }
        }

        private boolean isOver() {
            return bug != null || outcome instanceof Outcome.Answered;
        }

        /** It was not wanted any more; how it ended is our doing, unless the provider refused. */
        private void bookLost() {
            // An interrupt that is still pending would close the journal's file.
            boolean pending = Thread.interrupted();
            if (outcome instanceof Outcome.Answered(Dispatch.Stream(_, var response, _, _))) {
                response.cancel();
            }
            if (!attempt.isEnded()) {
                if (outcome instanceof Outcome.Failed(var failure) && failure.isRefusal()) {
                    Dispatcher.book(attempt, failure, /* isFinal= */ false);
                } else {
                    attempt.outrun();
                }
            }
            if (pending) {
                Thread.currentThread().interrupt();
            }
        }

        private void bookFailed() {
            if (outcome instanceof Outcome.Failed(var failure) && !failure.isOutrun()) {
                Dispatcher.book(attempt, failure, /* isFinal= */ false);
            } else {
                attempt.outrun();
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
     * Waits for an answer, with a second leg where the first is silent for too long. Interrupting
     * the thread that waits ends both at once.
     *
     * @param second sends the second leg on its way; null where there is none to send
     * @param failed is told of a leg that failed, and is booked, while the other one runs
     * @return who answered, or failed last and is not booked yet
     */
    Leg run(Leg first, long delayNanos, Supplier<@Nullable Leg> second, Consumer<Leg> failed) {
        try {
            Leg ended = first(delayNanos);
            if (ended != null) {
                return ended;
            }
            Leg other = interrupted ? null : started(second);
            ended = next();
            if (other == null) {
                return ended;
            }
            if (ended.isOver()) {
                forsake(ended == first ? other : first);
                return ended;
            }
            ended.bookFailed();
            failed.accept(ended);
            return next();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
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

    private void forsake(Leg leg) {
        leg.thread.interrupt();
        Leg ended = first(FAREWELL_NANOS);
        if (ended == null) {
            leg.isForsaken = true;
            ended = done.remove(leg) ? leg : null;
        }
        if (ended != null) {
            ended.bookLost();
        }
    }
}

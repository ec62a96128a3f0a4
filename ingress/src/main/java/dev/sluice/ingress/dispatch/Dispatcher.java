package dev.sluice.ingress.dispatch;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.books.CallBooks;
import dev.sluice.ingress.books.CallFacts;
import dev.sluice.ingress.books.OpenAttempt;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.ingress.routing.Candidate;
import dev.sluice.ingress.routing.FleetView;
import dev.sluice.ingress.routing.RequestTraits;
import dev.sluice.ingress.routing.RoutingStrategy;
import dev.sluice.ingress.upstream.Deployment;
import dev.sluice.ingress.upstream.ModelGroup;
import dev.sluice.providers.openai.RequestPeek;
import dev.sluice.providers.protocol.ModelCall;
import dev.sluice.providers.protocol.Preparation;
import dev.sluice.providers.transport.Deadlines;
import dev.sluice.providers.transport.Exchange;
import dev.sluice.providers.transport.Slice;
import dev.sluice.providers.transport.UpstreamRequest;
import dev.sluice.providers.transport.UpstreamTarget;
import dev.sluice.providers.transport.UpstreamTransport;
import dev.sluice.schemas.config.GatewayConfig.RouterSettings;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Tries the deployments of a group until one answers. The first byte that a caller sees ends all
 * trying.
 */
public final class Dispatcher {

    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration LONGEST_IDLE = Duration.ofMinutes(10);
    private static final long FIRST_BACKOFF_MILLIS = 500;
    private static final long LONGEST_BACKOFF_MILLIS = 8_000;
    private static final long LONGEST_RETRY_AFTER_SECONDS = 60;

    private final UpstreamTransport transport;
    private final RoutingStrategy strategy;
    private final FleetView fleet;
    private final CallBooks books;
    private final RouterSettings settings;
    private final AnswerReader answers = new AnswerReader();

    /** A dispatcher over one transport. */
    public Dispatcher(
            UpstreamTransport transport,
            RoutingStrategy strategy,
            FleetView fleet,
            CallBooks books,
            RouterSettings settings) {
        this.transport = transport;
        this.strategy = strategy;
        this.fleet = fleet;
        this.books = books;
        this.settings = settings;
    }

    /** Serves a call: the first answer, or the first failure if there is none. */
    public Dispatch dispatch(
            CallFacts call, ModelGroup group, RequestPeek.Facts peek, byte[] body, int length) {
        long deadlineNanos = System.nanoTime() + settings.timeout().toNanos();
        return new Trial(call, group, peek, body, length, deadlineNanos).run();
    }

    /** Sends a call as it is, once: to try again what nobody understands could do it twice. */
    public Dispatch pass(
            CallFacts call,
            Deployment deployment,
            String method,
            UpstreamTarget target,
            List<Slice> body) {
        OpenAttempt attempt = books.open(call, deployment, 1);
        if (attempt == null) {
            return booksAreFull(0);
        }
        try {
            Deadlines deadlines =
                    deadlines(call, deployment, System.nanoTime() + settings.timeout().toNanos());
            var request = new UpstreamRequest(method, target, List.of(), body, deadlines);
            Outcome outcome =
                    switch (transport.send(request)) {
                        case Exchange.Failed failed ->
                                new Outcome.Failed(AttemptFailure.of(failed));
                        case Exchange.Answered(var response) -> answers.pass(attempt, response);
                    };
            if (outcome instanceof Outcome.Failed(AttemptFailure failure)) {
                book(attempt, failure, /* isFinal= */ true);
                return failure.refused(deployment, 1);
            }
            return ((Outcome.Answered) outcome).dispatch();
        } catch (RuntimeException e) {
            if (!attempt.isEnded()) {
                attempt.failed("internal_error", false, -1, /* isFinal= */ true);
            }
            throw e;
        }
    }

    /** The trying of one call. */
    private final class Trial {

        private final CallFacts call;
        private final ModelGroup group;
        private final RequestPeek.Facts peek;
        private final byte[] body;
        private final int length;
        private final long deadlineNanos;
        private final List<Candidate> order;

        /** Attempts that may be made; one more for each that found a dead connection. */
        private int attempts = 1 + settings.numRetries();

        private int number = 1;
        private int turn;
        private int unfit;
        private boolean fresh;
        private @Nullable AttemptFailure firstFailure;
        private @Nullable Deployment firstTried;

        Trial(
                CallFacts call,
                ModelGroup group,
                RequestPeek.Facts peek,
                byte[] body,
                int length,
                long deadlineNanos) {
            this.call = call;
            this.group = group;
            this.peek = peek;
            this.body = body;
            this.length = length;
            this.deadlineNanos = deadlineNanos;
            this.order = order(call, group);
        }

        Dispatch run() {
            Dispatch result = null;
            while (result == null) {
                Deployment deployment = group.deployment(order.get(turn % order.size()));
                var asked = new ModelCall(call.endpoint(), body, length, peek, deployment.cap());
                result =
                        switch (deployment.protocol().prepare(asked)) {
                            case Preparation.Ready ready -> attempt(deployment, ready);
                            case Preparation unready -> passOver(deployment, unready);
                        };
            }
            return result;
        }

        /** No attempt: the provider was not asked. Null if another deployment may do. */
        private @Nullable Dispatch passOver(Deployment deployment, Preparation unready) {
            AttemptFailure failure = AttemptFailure.of(unready);
            AttemptFailure first = remember(failure, deployment);
            turn++;
            if (++unfit < order.size()) {
                return null;
            }
            if (number > 1) {
                books.abandoned(call, deployment, number, failure.errorClass());
            }
            return first.refused(requireNonNull(firstTried), number - 1);
        }

        /** One attempt. Null if another shall follow. */
        private @Nullable Dispatch attempt(Deployment deployment, Preparation.Ready ready) {
            unfit = 0;
            OpenAttempt attempt = books.open(call, deployment, number);
            if (attempt == null) {
                AttemptFailure first = firstFailure;
                if (first == null) {
                    return booksAreFull(0);
                }
                books.abandoned(call, deployment, number, "journal_full");
                return first.refused(requireNonNull(firstTried), number - 1);
            }
            Outcome outcome = booked(call, attempt, ready, fresh, deadlineNanos);
            if (outcome instanceof Outcome.Answered(Dispatch answer)) {
                return attempt.isWithheld() ? booksAreFull(number) : answer;
            }
            AttemptFailure failure = ((Outcome.Failed) outcome).failure();
            boolean stale = failure.isStale();
            boolean elsewhere = order.size() > 1;
            long waitNanos = stale || elsewhere ? 0 : backoff(number, failure);
            attempts += stale ? 1 : 0;
            boolean again =
                    number < attempts
                            && failure.retryable()
                            && (elsewhere || !failure.elsewhereOnly())
                            && System.nanoTime() + waitNanos - deadlineNanos < 0;
            book(attempt, failure, /* isFinal= */ !again);
            AttemptFailure first = remember(failure, deployment);
            if (!again) {
                return first.refused(requireNonNull(firstTried), number);
            }
            number++;
            fresh = stale;
            turn += stale ? 0 : 1;
            if (waitNanos > 0) {
                LockSupport.parkNanos(waitNanos);
            }
            return null;
        }

        private AttemptFailure remember(AttemptFailure failure, Deployment deployment) {
            AttemptFailure first = firstFailure;
            if (first == null || first.isStale()) {
                firstFailure = failure;
                firstTried = deployment;
                return failure;
            }
            return first;
        }
    }

    private static void book(OpenAttempt attempt, AttemptFailure failure, boolean isFinal) {
        if (failure.hasOutput()) {
            attempt.brokenOff(failure.errorClass(), failure.outputTokens(), isFinal);
        } else {
            attempt.failed(
                    failure.errorClass(),
                    failure.rateLimited(),
                    failure.retryAfterSeconds(),
                    isFinal);
        }
    }

    /** Further attempts after the first, at most. */
    public int maxRetries() {
        return settings.numRetries();
    }

    private List<Candidate> order(CallFacts call, ModelGroup group) {
        return group.candidates().size() == 1
                ? group.candidates()
                : strategy.order(
                        group.candidates(),
                        fleet,
                        new RequestTraits(call.stream(), call.promptBytes()),
                        ThreadLocalRandom.current());
    }

    /** A bug of ours must not leave an attempt open in the books. */
    private Outcome booked(
            CallFacts call,
            OpenAttempt attempt,
            Preparation.Ready ready,
            boolean fresh,
            long deadlineNanos) {
        try {
            return attempt(call, attempt, ready, fresh, deadlineNanos);
        } catch (RuntimeException e) {
            if (!attempt.isEnded()) {
                attempt.failed("internal_error", false, -1, /* isFinal= */ true);
            }
            throw e;
        }
    }

    private Outcome attempt(
            CallFacts call,
            OpenAttempt attempt,
            Preparation.Ready ready,
            boolean fresh,
            long deadlineNanos) {
        var request =
                new UpstreamRequest(
                        "POST",
                        ready.target(),
                        ready.headers(),
                        ready.body(),
                        deadlines(call, attempt.deployment(), deadlineNanos),
                        fresh);
        return switch (transport.send(request)) {
            case Exchange.Failed failed -> new Outcome.Failed(AttemptFailure.of(failed));
            case Exchange.Answered(var response) ->
                    answers.read(call, attempt, ready.translation(), response);
        };
    }

    private Deadlines deadlines(CallFacts call, Deployment deployment, long deadlineNanos) {
        Duration left = Duration.ofNanos(Math.max(1, deadlineNanos - System.nanoTime()));
        Duration total = min(left, deployment.timeout());
        Duration firstByte = call.stream() ? min(total, deployment.streamTimeout()) : total;
        return new Deadlines(min(CONNECT, total), firstByte, min(LONGEST_IDLE, total), total);
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }

    /** LiteLLM's waits: Retry-After if it is short, else doubling from half a second, jittered. */
    private long backoff(int number, AttemptFailure failure) {
        long millis;
        if (failure.retryAfterSeconds() > 0
                && failure.retryAfterSeconds() <= LONGEST_RETRY_AFTER_SECONDS) {
            millis = failure.retryAfterSeconds() * 1000;
        } else {
            long doubled = FIRST_BACKOFF_MILLIS << Math.min(number - 1, 5);
            millis =
                    Math.max(
                            settings.retryAfter().toMillis(),
                            Math.min(doubled, LONGEST_BACKOFF_MILLIS));
        }
        return TimeUnit.MILLISECONDS.toNanos(
                millis + ThreadLocalRandom.current().nextLong(millis / 4 + 1));
    }

    private static Dispatch.Refused booksAreFull(int attempts) {
        ApiError error =
                ApiError.of(
                        503,
                        "service_unavailable_error",
                        "The gateway cannot write down what the call would cost.");
        return new Dispatch.Refused(
                error.status(), error.body(), -1, null, attempts, ProviderHeaders.NONE);
    }

    /** What came of one attempt. */
    sealed interface Outcome {
        record Answered(Dispatch dispatch) implements Outcome {}

        record Failed(AttemptFailure failure) implements Outcome {}
    }
}

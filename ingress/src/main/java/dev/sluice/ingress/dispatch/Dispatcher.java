package dev.sluice.ingress.dispatch;

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
import dev.sluice.providers.openai.Splice;
import dev.sluice.providers.transport.Deadlines;
import dev.sluice.providers.transport.Exchange;
import dev.sluice.providers.transport.Slice;
import dev.sluice.providers.transport.UpstreamRequest;
import dev.sluice.providers.transport.UpstreamTransport;
import dev.sluice.schemas.config.GatewayConfig.RouterSettings;

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
        List<Candidate> order = order(call, group);
        long deadlineNanos = System.nanoTime() + settings.timeout().toNanos();
        int attempts = 1 + settings.numRetries();
        AttemptFailure firstFailure = null;
        Deployment firstTried = null;
        for (int number = 1; ; number++) {
            Deployment deployment = group.deployment(order.get((number - 1) % order.size()));
            OpenAttempt attempt = books.open(call, deployment, number);
            if (attempt == null) {
                if (firstFailure == null || firstTried == null) {
                    return booksAreFull(0);
                }
                books.abandoned(call, deployment, number);
                return firstFailure.refused(firstTried, number - 1);
            }
            Outcome outcome = booked(call, attempt, peek, body, length, deadlineNanos);
            if (outcome instanceof Outcome.Answered(Dispatch answer)) {
                return attempt.isWithheld() ? booksAreFull(number) : answer;
            }
            AttemptFailure failure = ((Outcome.Failed) outcome).failure();
            boolean elsewhere = order.size() > 1;
            long waitNanos = elsewhere ? 0 : backoff(number, failure);
            boolean again =
                    number < attempts
                            && failure.retryable()
                            && (elsewhere || !failure.elsewhereOnly())
                            && System.nanoTime() + waitNanos - deadlineNanos < 0;
            book(attempt, failure, /* isFinal= */ !again);
            if (firstFailure == null || firstTried == null) {
                firstFailure = failure;
                firstTried = deployment;
            }
            if (!again) {
                return firstFailure.refused(firstTried, number);
            }
            if (waitNanos > 0) {
                LockSupport.parkNanos(waitNanos);
            }
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
            RequestPeek.Facts peek,
            byte[] body,
            int length,
            long deadlineNanos) {
        try {
            return attempt(call, attempt, peek, body, length, deadlineNanos);
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
            RequestPeek.Facts peek,
            byte[] body,
            int length,
            long deadlineNanos) {
        Deployment deployment = attempt.deployment();
        boolean askForUsage = call.stream() && !peek.includeUsage();
        List<Slice> spliced =
                Splice.splice(
                        body,
                        length,
                        peek,
                        deployment.modelJson(),
                        askForUsage,
                        call.endpoint().hasOutput() ? deployment.cap() : null);
        Exchange exchange =
                transport.send(
                        new UpstreamRequest(
                                "POST",
                                deployment.target(call.endpoint()),
                                List.of(),
                                spliced,
                                deadlines(call, deployment, deadlineNanos)));
        return switch (exchange) {
            case Exchange.Failed failed -> new Outcome.Failed(AttemptFailure.of(failed));
            case Exchange.Answered(var response) -> answers.read(call, attempt, response);
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

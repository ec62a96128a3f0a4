package dev.sluice.ingress.http;

import static java.util.Objects.requireNonNullElseGet;

import dev.sluice.ingress.cache.Flight;
import dev.sluice.ingress.cache.Flight.Signal;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.ingress.metrics.CacheMetrics;
import dev.sluice.ingress.metrics.CacheMetrics.Kind;
import dev.sluice.ingress.metrics.GatewayMetrics.Outcome;
import dev.sluice.ingress.routing.Candidate;
import dev.sluice.ingress.upstream.Deployment;
import dev.sluice.ingress.upstream.ModelGroup;
import dev.sluice.providers.openai.RouterWishes;
import dev.sluice.schemas.events.SpendEvent.Status;

import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerResponse;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;

/**
 * Calls that wait for the answer to an equal one. As long as nothing was sent to their callers they
 * can go their own way, and do so when there is no answer for them. A stream that has begun ends as
 * its leader's does.
 */
final class CacheFollowing {

    private static final ApiError LATE =
            ApiError.of(408, "timeout_error", "The answer did not come in time.");
    private static final ApiError BROKEN =
            ApiError.of(502, "api_connection_error", "The provider broke off.");

    private final CacheReplay replay;
    private final CacheMetrics metrics;

    CacheFollowing(CacheReplay replay, CacheMetrics metrics) {
        this.replay = replay;
        this.metrics = metrics;
    }

    /** Answers a call by another one's answer; null if there is none, and it must be sent. */
    @Nullable Outcome follow(
            Call call, ModelGroup group, CallCaching.Place place, Flight.Follower follower) {
        try (follower) {
            boolean live = call.facts().stream() && call.facts().endpoint().hasTwoForms();
            Patience patience = Patience.of(call, group, live);
            long begunNanos = System.nanoTime() - call.elapsedNanos();
            long deadline = begunNanos + patience.silence().toNanos();
            return switch (live ? follower.next(deadline) : follower.whole(deadline)) {
                case Signal.Landed(var answer) -> {
                    count(call, answer.costPico());
                    yield replay.answer(call, place.key(), answer, Kind.COALESCED, 0);
                }
                case Signal.Event event ->
                        new Relay(
                                        call,
                                        group,
                                        place,
                                        follower,
                                        patience.silence().toNanos(),
                                        begunNanos + patience.total().toNanos())
                                .relay(event);
                case Signal.Failed() -> null;
                case Signal.Late() ->
                        call.peek().wishes().timeout(live) == null ? null : late(call);
            };
        }
    }

    /**
     * How long it waits: as its own attempt would, by what its caller says or else by what the
     * group's most patient deployment is given.
     *
     * @param total until the end of the answer
     * @param silence until the beginning of a stream, and from each of its events to the next
     */
    private record Patience(Duration total, Duration silence) {

        static Patience of(Call call, ModelGroup group, boolean live) {
            RouterWishes wishes = call.peek().wishes();
            Duration total =
                    requireNonNullElseGet(
                            wishes.timeout(), () -> longest(group, /* live= */ false));
            if (!live) {
                return new Patience(total, total);
            }
            Duration silence =
                    requireNonNullElseGet(
                            wishes.streamTimeout(), () -> longest(group, /* live= */ true));
            return new Patience(total, silence.compareTo(total) < 0 ? silence : total);
        }

        private static Duration longest(ModelGroup group, boolean live) {
            Duration longest = Duration.ZERO;
            for (Candidate candidate : group.candidates()) {
                Duration timeout = group.deployment(candidate).timeout(live);
                longest = timeout.compareTo(longest) > 0 ? timeout : longest;
            }
            return longest;
        }
    }

    private static Outcome late(Call call) {
        call.settle();
        Answers.send(call.response(), LATE, call.wire());
        return Outcome.TIMEOUT;
    }

    private void count(Call call, long savedPico) {
        metrics.hit(Kind.COALESCED, call.facts().modelGroup(), savedPico, Duration.ZERO);
    }

    /** One stream from its leader to a caller. */
    private final class Relay {
        private final Call call;
        private final CallCaching.Place place;
        private final Flight.Follower follower;
        private final long silenceNanos;
        private final long deadlineNanos;
        private final String deploymentId;
        private final String model;

        Relay(
                Call call,
                ModelGroup group,
                CallCaching.Place place,
                Flight.Follower follower,
                long silenceNanos,
                long deadlineNanos) {
            this.call = call;
            this.place = place;
            this.follower = follower;
            this.silenceNanos = silenceNanos;
            this.deadlineNanos = deadlineNanos;
            this.deploymentId = follower.deploymentId();
            Deployment deployment = group.deployment(deploymentId);
            this.model = deployment == null ? "" : deployment.model();
        }

        Outcome relay(Signal.Event first) {
            ServerResponse response = call.response();
            response.header(Answers.EVENT_STREAM);
            response.header(Answers.NO_CACHE);
            CacheReplay.head(call, place.key(), deploymentId, Kind.COALESCED, 0);
            boolean isBooked = false;
            try (OutputStream out =
                    call.wire().from(deploymentId).stream(response.outputStream())) {
                Signal.Event event = first;
                while (!event.isLast()) {
                    pass(event, out);
                    switch (follower.next(nextDeadline())) {
                        case Signal.Event next -> event = next;
                        case Signal.Late() -> {
                            isBooked = true;
                            return broken(out, LATE, "timeout", Outcome.TIMEOUT);
                        }
                        case Signal.Failed() -> {
                            isBooked = true;
                            return broken(out, BROKEN, "broken", Outcome.PROVIDER_ERROR);
                        }
                        case Signal.Landed _ ->
                                throw new IllegalStateException("a stream has its own end");
                    }
                }
                isBooked = true;
                count(call, follower.costPico());
                book(follower.costPico(), Status.SUCCESS, null);
                pass(event, out);
                return Outcome.SUCCESS;
            } catch (IOException | RuntimeException e) {
                if (!isBooked) {
                    book(0, Status.CANCELLED, "client_gone");
                }
                throw new CloseConnectionException("the caller left", e);
            }
        }

        private long nextDeadline() {
            long now = System.nanoTime();
            return now + Math.min(silenceNanos, deadlineNanos - now);
        }

        private void pass(Signal.Event event, OutputStream out) throws IOException {
            if (call.peek().includeUsage() || !event.usageOnly()) {
                out.write(event.bytes(), 0, event.bytes().length);
                out.flush();
            }
        }

        private Outcome broken(OutputStream out, ApiError error, String errorClass, Outcome outcome)
                throws IOException {
            book(0, Status.FAILURE, errorClass);
            out.write(error.event());
            return outcome;
        }

        private void book(long savedPico, Status status, @Nullable String errorClass) {
            replay.book(call, place.key(), Kind.COALESCED, model, savedPico, status, errorClass);
            call.settle();
        }
    }
}

package dev.sluice.ingress.http;

import dev.sluice.ingress.books.OpenAttempt;
import dev.sluice.ingress.dispatch.Dispatch;
import dev.sluice.ingress.dispatch.Dispatched;
import dev.sluice.ingress.metrics.GatewayMetrics.Outcome;
import dev.sluice.ingress.upstream.Deployment;
import dev.sluice.providers.transport.UpstreamResponse;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;

import org.jspecify.annotations.Nullable;

/**
 * Tells callers what came of their calls: heads, bytes, and the settling before the last of them.
 */
final class CallAnswers {

    private final CallHeaders headers;
    private final CallCaching caching;

    CallAnswers(CallHeaders headers, CallCaching caching) {
        this.headers = headers;
        this.caching = caching;
    }

    /**
     * Answers a call.
     *
     * @param place where its answer is kept; null for nowhere
     */
    Outcome answer(Call call, Dispatched dispatched, CallCaching.@Nullable Place place) {
        Dispatch answer = dispatched.answer();
        // Who may stand in for whom is each caller's own: nobody else gets such an answer.
        boolean isStandIn =
                place != null && !dispatched.trail().modelGroup().equals(place.modelGroup());
        if (place != null && isStandIn) {
            caching.done(place);
        }
        return answer(call, dispatched, answer, isStandIn ? null : place);
    }

    private Outcome answer(
            Call call, Dispatched dispatched, Dispatch answer, CallCaching.@Nullable Place place) {
        try {
            headers.trail(
                    call.head(), dispatched.trail(), call.peek().wishes(), call.facts().stream());
            return switch (answer) {
                case Dispatch.Plain plain -> answer(call, plain, place);
                case Dispatch.Stream stream -> relay(call, stream, place);
                case Dispatch.Relayed relayed -> pass(call, relayed);
                case Dispatch.Refused refused -> refuse(call, refused);
            };
        } catch (RuntimeException | Error e) {
            switch (answer) {
                case Dispatch.Stream stream -> end(stream.attempt(), stream.response());
                case Dispatch.Relayed relayed -> end(relayed.attempt(), relayed.response());
                case Dispatch.Plain _, Dispatch.Refused _ -> {}
            }
            throw e;
        }
    }

    /** A bug of ours before anything was relayed: the provider has worked all the same. */
    private static void end(OpenAttempt attempt, UpstreamResponse response) {
        if (!attempt.isEnded()) {
            response.cancel();
            attempt.brokenOff("internal_error", 0, /* isFinal= */ true);
        }
    }

    private Outcome answer(Call call, Dispatch.Plain plain, CallCaching.@Nullable Place place) {
        if (place != null && caching.keep(place, call, plain)) {
            call.head().text(CallHeaders.CACHE_KEY, place.key().text());
        }
        ServerResponse response = call.response();
        long elapsed = call.elapsedNanos();
        response.header(Answers.contentType(plain.contentType()));
        AnswerHead head = call.head();
        headers.served(head, plain.deployment());
        headers.provider(head, plain.headers());
        headers.spend(head, call.facts().caller(), plain.costPico());
        head.usd(CallHeaders.RESPONSE_COST, plain.costPico());
        head.millis(CallHeaders.DURATION, elapsed);
        head.millis(CallHeaders.OVERHEAD, elapsed - plain.upstreamNanos());
        call.settle();
        response.send(call.wire().from(plain.deployment().id()).answer(plain.body()));
        return Outcome.SUCCESS;
    }

    private Outcome relay(Call call, Dispatch.Stream stream, CallCaching.@Nullable Place place) {
        ServerResponse response = call.response();
        Deployment deployment = stream.attempt().deployment();
        response.header(Answers.EVENT_STREAM);
        response.header(Answers.NO_CACHE);
        AnswerHead head = call.head();
        headers.served(head, deployment);
        headers.provider(head, stream.headers());
        headers.spend(head, call.facts().caller(), 0);
        if (place != null) {
            head.text(CallHeaders.CACHE_KEY, place.key().text());
        }
        return new StreamRelay(
                        stream,
                        call.wire().from(deployment.id()).stream(response.outputStream()),
                        call.peek().includeUsage(),
                        place == null ? null : place.flight(),
                        call.facts().endpoint().hasTwoForms(),
                        (recorded, cost) -> {
                            if (place != null) {
                                caching.keep(place, call, recorded, deployment, cost);
                            }
                        },
                        call::settle)
                .relay();
    }

    private Outcome pass(Call call, Dispatch.Relayed relayed) {
        ServerResponse response = call.response();
        response.header(Answers.contentType(relayed.contentType()));
        AnswerHead head = call.head();
        headers.served(head, relayed.attempt().deployment());
        headers.provider(head, relayed.headers());
        headers.spend(head, call.facts().caller(), 0);
        return new BytesRelay(
                        relayed,
                        BytesRelay.meter(call.facts(), relayed),
                        response.outputStream(),
                        call::settle)
                .relay();
    }

    private Outcome refuse(Call call, Dispatch.Refused refused) {
        ServerResponse response = call.response();
        response.status(Status.create(refused.status()));
        response.header(Answers.JSON);
        Deployment deployment = refused.deployment();
        if (deployment != null) {
            headers.served(call.head(), deployment);
            headers.timeout(call.head(), deployment, call.peek().wishes(), call.facts().stream());
        }
        headers.provider(call.head(), refused.headers());
        call.head().usd(CallHeaders.RESPONSE_COST, 0);
        if (refused.retryAfterSeconds() >= 0) {
            response.header(HeaderNames.RETRY_AFTER, Long.toString(refused.retryAfterSeconds()));
        }
        call.settle();
        response.send(call.wire().error(refused.status(), refused.body()));
        int status = refused.status();
        return status >= 400 && status < 500 && status != 408 && status != 429
                ? Outcome.INVALID_REQUEST
                : Outcome.of(status);
    }
}

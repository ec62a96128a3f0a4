package dev.sluice.ingress.http;

import static java.util.Objects.requireNonNullElse;

import dev.sluice.ingress.books.CallFacts;
import dev.sluice.ingress.books.OpenAttempt;
import dev.sluice.ingress.dispatch.Dispatch;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.ingress.metrics.GatewayMetrics.Outcome;
import dev.sluice.providers.transport.UpstreamResponse;
import dev.sluice.providers.transport.UpstreamTimeoutException;
import dev.sluice.providers.usage.UnitUse;
import dev.sluice.providers.usage.UsageTail;
import dev.sluice.schemas.events.SpendEvent.Status;

import io.helidon.webserver.CloseConnectionException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;

/**
 * An answer on its way from provider to caller as the bytes that it is: speech, or events that are
 * none of a chat. The attempt is booked, and its call settled, before the end of the answer is
 * sent, whichever end that is.
 */
final class BytesRelay {

    private static final ApiError BROKEN =
            ApiError.of(502, "api_connection_error", "The provider broke off.");

    private final Dispatch.Relayed answer;
    private final OpenAttempt attempt;
    private final UpstreamResponse response;
    private final OutputStream out;
    private final Runnable settling;
    private final AnswerMeter meter;
    private final boolean isEvents;

    /** Watches an answer that passes. */
    interface AnswerMeter {

        /** The next bytes of it. */
        void add(byte[] bytes, int count);

        /** What was used, by what has passed. */
        UnitUse use();
    }

    /** Looks for the usage of events; of other bytes there is none. */
    static AnswerMeter meter(CallFacts call, Dispatch.Relayed answer) {
        var tail = isEvents(answer) ? new UsageTail() : null;
        return new AnswerMeter() {
            @Override
            public void add(byte[] bytes, int count) {
                if (tail != null) {
                    tail.add(bytes, count);
                }
            }

            @Override
            public UnitUse use() {
                UnitUse use = tail == null ? null : tail.use(call.endpoint(), call.asked());
                return requireNonNullElse(use, UnitUse.untold(call.asked()));
            }
        };
    }

    private static boolean isEvents(Dispatch.Relayed answer) {
        return answer.contentType().startsWith("text/event-stream");
    }

    /**
     * A relay.
     *
     * @param settling what is to be done when the attempt is booked
     */
    BytesRelay(Dispatch.Relayed answer, AnswerMeter meter, OutputStream out, Runnable settling) {
        this.answer = answer;
        this.attempt = answer.attempt();
        this.response = answer.response();
        this.out = out;
        this.settling = settling;
        this.meter = meter;
        this.isEvents = isEvents(answer);
    }

    /** Relays everything from the bytes at hand, and books the attempt. */
    Outcome relay() {
        try {
            return relayBytes();
        } finally {
            if (!attempt.isEnded()) {
                response.cancel();
                book(Status.FAILURE, "internal_error");
            }
        }
    }

    private Outcome relayBytes() {
        byte[] buffer = answer.first();
        int length = answer.firstLength();
        while (length >= 0) {
            pass(buffer, length);
            try {
                length = response.read(buffer, 0, buffer.length);
            } catch (IOException e) {
                return brokenOff(e instanceof UpstreamTimeoutException);
            }
        }
        book(Status.SUCCESS, null);
        if (attempt.isWithheld()) {
            throw new CloseConnectionException("what the answer cost cannot be written down");
        }
        try {
            out.close();
        } catch (IOException | RuntimeException e) {
            throw new CloseConnectionException("the caller left", e);
        }
        return Outcome.SUCCESS;
    }

    private void pass(byte[] bytes, int length) {
        meter.add(bytes, length);
        try {
            out.write(bytes, 0, length);
            out.flush();
        } catch (IOException | RuntimeException e) {
            response.cancel();
            book(Status.CANCELLED, "client_gone");
            throw new CloseConnectionException("the caller left", e);
        }
    }

    /** Events end with an error; of other bytes only the broken connection tells. */
    private Outcome brokenOff(boolean timedOut) {
        response.cancel();
        book(Status.FAILURE, timedOut ? "timeout" : "broken");
        if (!isEvents) {
            throw new CloseConnectionException("the provider broke off");
        }
        try {
            out.write(BROKEN.event());
            out.close();
        } catch (IOException | RuntimeException e) {
            throw new CloseConnectionException("the caller left", e);
        }
        return timedOut ? Outcome.TIMEOUT : Outcome.PROVIDER_ERROR;
    }

    private void book(Status status, @Nullable String errorClass) {
        attempt.settled(meter.use(), null, status, errorClass);
        settling.run();
    }
}

package dev.sluice.ingress.http;

import dev.sluice.ingress.books.OpenAttempt;
import dev.sluice.ingress.cache.Flight;
import dev.sluice.ingress.dispatch.Dispatch;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.ingress.metrics.GatewayMetrics.Outcome;
import dev.sluice.metering.ServiceTier;
import dev.sluice.providers.openai.SseEvent;
import dev.sluice.providers.openai.SseReader;
import dev.sluice.providers.openai.SseReader.Step;
import dev.sluice.providers.transport.UpstreamResponse;
import dev.sluice.providers.transport.UpstreamTimeoutException;
import dev.sluice.schemas.events.SpendEvent.Status;
import dev.sluice.schemas.events.Usage;

import io.helidon.webserver.CloseConnectionException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * One stream on its way from provider to caller: events pass as they come, one flush an event. The
 * attempt is booked, and its call settled, before the end of the answer is sent, whichever end that
 * is.
 */
final class StreamRelay {

    private static final ApiError SILENT =
            ApiError.of(408, "timeout_error", "The provider fell silent.");
    private static final ApiError BROKEN =
            ApiError.of(502, "api_connection_error", "The provider broke off.");

    private static final ApiError UNBOOKED =
            ApiError.of(
                    503,
                    "service_unavailable_error",
                    "The gateway cannot write down what the call costs.");

    private final OpenAttempt attempt;
    private final UpstreamResponse response;
    private final SseReader events;
    private final OutputStream out;
    private final boolean showUsage;
    private final @Nullable Flight flight;
    private final boolean isShared;
    private final WhenWhole whenWhole;
    private final Runnable settling;

    private long contentEvents;
    private boolean callerIsGone;
    private long costPico;

    /** Who wants the stream as it came, usage included, and what it cost in picodollars. */
    @FunctionalInterface
    interface WhenWhole {
        void accept(byte[] recorded, long costPico);
    }

    /**
     * A relay.
     *
     * @param showUsage whether the caller asked for the usage chunk
     * @param flight what is recorded in, and others may follow; null for nothing
     * @param isShared whether they get the events as they come
     * @param whenWhole told of a stream that ended well, before its caller is
     * @param settling what is to be done when the attempt is booked
     */
    StreamRelay(
            Dispatch.Stream stream,
            OutputStream out,
            boolean showUsage,
            @Nullable Flight flight,
            boolean isShared,
            WhenWhole whenWhole,
            Runnable settling) {
        this.attempt = stream.attempt();
        this.response = stream.response();
        this.events = stream.events();
        this.out = out;
        this.showUsage = showUsage;
        this.flight = flight;
        this.isShared = isShared;
        this.whenWhole = whenWhole;
        this.settling = settling;
    }

    /** Relays everything from the event at hand, and books the attempt. */
    Outcome relay() {
        try {
            return relayEvents();
        } finally {
            if (!attempt.isEnded()) {
                // A bug of ours: the provider has worked all the same.
                response.cancel();
                book(Status.FAILURE, "internal_error");
            }
        }
    }

    private Outcome relayEvents() {
        Step step = Step.EVENT;
        try {
            while (step == Step.EVENT) {
                SseEvent event = events.event();
                note(event);
                if (event.isDone()) {
                    return finish(event);
                }
                if (event.isError()) {
                    return providerFailed(event);
                }
                if (showUsage || !event.usageOnly()) {
                    pass(event);
                }
                step = events.next();
            }
        } catch (IOException e) {
            return brokenOff(e instanceof UpstreamTimeoutException);
        }
        return step == Step.END && events.mayEnd() ? finish(null) : brokenOff(false);
    }

    private void note(SseEvent event) {
        if (event.isFirstContent()) {
            attempt.contentArrived();
        }
        if (events.contentSeen() && !event.isComment() && !event.isDone() && !event.usageOnly()) {
            contentEvents++;
        }
        if (flight != null && !event.isDone() && !event.isError()) {
            record(flight, event);
        }
    }

    /** What acts or refuses is for its own caller: those who follow are let go at once. */
    private void record(Flight into, SseEvent event) {
        into.add(event.array(), event.offset(), event.length(), event.usageOnly());
        if (event.isFirstContent() && event.callsOrRefuses()) {
            into.close();
        } else if (event.isFirstContent() && isShared) {
            into.release(attempt.deployment().id());
        }
    }

    private Outcome finish(@Nullable SseEvent done) {
        book(Status.SUCCESS, null);
        if (attempt.isWithheld()) {
            write(UNBOOKED.event());
        } else {
            share(done);
            if (done != null) {
                pass(done);
            }
        }
        close();
        drain();
        return attempt.isWithheld() ? Outcome.PROVIDER_ERROR : Outcome.SUCCESS;
    }

    /** Whoever sees the end may ask again at once: it is kept before. */
    private void share(@Nullable SseEvent done) {
        if (flight == null) {
            return;
        }
        flight.ended(done == null ? new byte[0] : bytes(done), costPico);
        byte[] recorded = flight.recorded();
        // Without its mark it may be whole, but nothing says so.
        if (done != null && recorded != null) {
            whenWhole.accept(recorded, costPico);
        }
    }

    private static byte[] bytes(SseEvent event) {
        return Arrays.copyOfRange(event.array(), event.offset(), event.offset() + event.length());
    }

    /** The provider's own error ends the stream; there is no [DONE] after it. */
    private Outcome providerFailed(SseEvent event) {
        response.cancel();
        book(Status.FAILURE, "stream_error");
        pass(event);
        close();
        return Outcome.PROVIDER_ERROR;
    }

    private Outcome brokenOff(boolean timedOut) {
        response.cancel();
        book(Status.FAILURE, timedOut ? "timeout" : "broken");
        write((timedOut ? SILENT : BROKEN).event());
        close();
        return timedOut ? Outcome.TIMEOUT : Outcome.PROVIDER_ERROR;
    }

    /** Where the provider states no usage, an event of content is taken to be a token. */
    private void book(Status status, @Nullable String errorClass) {
        if (attempt.isEnded()) {
            return;
        }
        Usage stated = events.usage();
        costPico =
                stated != null
                        ? attempt.settled(
                                stated,
                                ServiceTier.ofAnswer(events.serviceTier()),
                                events.responseId(),
                                status,
                                errorClass)
                        : attempt.estimated(contentEvents, events.responseId(), status, errorClass);
        settling.run();
    }

    private void pass(SseEvent event) {
        if (callerIsGone) {
            requireFollowers(null);
            return;
        }
        try {
            out.write(event.array(), event.offset(), event.length());
            if (!events.hasBuffered()) {
                out.flush();
            }
        } catch (IOException | RuntimeException e) {
            requireFollowers(e);
            callerIsGone = true;
        }
    }

    /** Others may need the answer of a call whose caller has left. */
    private void requireFollowers(@Nullable Exception e) {
        if (flight == null || attempt.isEnded() || !flight.hasFollowers()) {
            throw callerLeft(e);
        }
    }

    private void write(byte[] bytes) {
        if (callerIsGone) {
            return;
        }
        try {
            out.write(bytes);
        } catch (IOException | RuntimeException e) {
            throw callerLeft(e);
        }
    }

    private void close() {
        if (callerIsGone) {
            throw callerLeft(null);
        }
        try {
            out.close();
        } catch (IOException | RuntimeException e) {
            throw callerLeft(e);
        }
    }

    /** Nobody reads any more: stop the provider, who bills by the token. */
    private CloseConnectionException callerLeft(@Nullable Exception e) {
        response.cancel();
        book(Status.CANCELLED, "client_gone");
        return new CloseConnectionException("the caller left", e);
    }

    /** What follows [DONE] is the end of the body: read it, and the connection lives on. */
    private void drain() {
        try {
            Step step = Step.EVENT;
            while (step == Step.EVENT) {
                step = events.next();
            }
            response.close();
        } catch (IOException e) {
            response.cancel();
        }
    }
}

package dev.sluice.ingress.dispatch;

import static java.util.Objects.requireNonNullElse;

import dev.sluice.ingress.books.CallFacts;
import dev.sluice.ingress.books.OpenAttempt;
import dev.sluice.ingress.dispatch.Dispatcher.Outcome;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.metering.ServiceTier;
import dev.sluice.providers.openai.ResponseFacts;
import dev.sluice.providers.openai.SseEvent;
import dev.sluice.providers.openai.SseReader;
import dev.sluice.providers.protocol.ProviderFailure;
import dev.sluice.providers.protocol.Translation;
import dev.sluice.providers.protocol.UnreadableAnswerException;
import dev.sluice.providers.transport.BodyTooLargeException;
import dev.sluice.providers.transport.UpstreamResponse;
import dev.sluice.providers.transport.UpstreamTimeoutException;
import dev.sluice.providers.usage.UnitUse;
import dev.sluice.schemas.events.SpendEvent.Status;
import dev.sluice.schemas.events.Usage;

import java.io.IOException;
import java.util.Arrays;

/** Makes an outcome of a provider's answer: the whole of a plain one, the beginning of a stream. */
final class AnswerReader {

    private static final int LARGEST_PLAIN_BYTES = 64 << 20;
    private static final int LARGEST_ERROR_BYTES = 1 << 20;
    private static final int LARGEST_EVENT_BYTES = 4 << 20;
    private static final int RELAYED_BYTES = 16 * 1024;

    Outcome read(
            CallFacts call,
            OpenAttempt attempt,
            Translation translation,
            UpstreamResponse response) {
        try {
            if (response.status() / 100 != 2) {
                return error(translation, response);
            }
            String contentType =
                    requireNonNullElse(response.header("content-type"), "application/json");
            if (call.endpoint().isRelayed(contentType)) {
                return relayed(call, attempt, response, contentType);
            }
            return call.stream() && translation.isStream(contentType)
                    ? stream(call, attempt, translation, response)
                    : plain(call, attempt, translation, response, contentType);
        } catch (UnreadableAnswerException e) {
            return new Outcome.Failed(AttemptFailure.unreadable(output(call, response.received())));
        } catch (BodyTooLargeException e) {
            return new Outcome.Failed(AttemptFailure.tooLarge(output(call, response.received())));
        } catch (IOException e) {
            response.cancel();
            return new Outcome.Failed(
                    AttemptFailure.brokenOff(
                            e instanceof UpstreamTimeoutException, arrived(call, response)));
        }
    }

    /** A provider that sent a first byte of its answer works, and is paid for what arrived. */
    private static long arrived(CallFacts call, UpstreamResponse response) {
        if (response.status() / 100 != 2 || response.received() == 0) {
            return -1;
        }
        // Before its first whole event a stream has said nothing.
        return call.stream() ? 0 : output(call, response.received());
    }

    private static long output(CallFacts call, long bytes) {
        return call.endpoint().hasOutput() ? bytes / OpenAttempt.BYTES_A_TOKEN : 0;
    }

    private static Outcome error(Translation translation, UpstreamResponse response)
            throws IOException {
        byte[] body;
        try (response) {
            body = response.readAll(LARGEST_ERROR_BYTES);
        }
        return new Outcome.Failed(
                AttemptFailure.of(
                        response.status(),
                        translation.failure(response.status(), response::header, body),
                        ProviderHeaders.of(response)));
    }

    private static Outcome plain(
            CallFacts call,
            OpenAttempt attempt,
            Translation translation,
            UpstreamResponse response,
            String contentType)
            throws IOException, UnreadableAnswerException {
        byte[] answered;
        try (response) {
            if (response.contentLength() > LARGEST_PLAIN_BYTES) {
                response.cancel();
                return new Outcome.Failed(AttemptFailure.tooLarge(0));
            }
            answered = response.readAll(LARGEST_PLAIN_BYTES);
        }
        attempt.contentArrived();
        // What cannot be read must not keep another attempt from answering.
        byte[] body = translation.answer(answered);
        if (!attempt.claims()) {
            return new Outcome.Failed(AttemptFailure.outrun());
        }
        long upstreamNanos = attempt.elapsed().toNanos();
        ResponseFacts facts = ResponseFacts.of(call.endpoint(), body, body.length);
        Usage usage = facts.usage();
        long cost =
                call.endpoint().hasUnits()
                        ? attempt.settled(
                                UnitUse.of(call.endpoint(), call.asked(), body),
                                facts.id(),
                                Status.SUCCESS,
                                null)
                        : usage != null
                                ? attempt.settled(
                                        usage,
                                        ServiceTier.ofAnswer(facts.serviceTier()),
                                        facts.id(),
                                        Status.SUCCESS,
                                        null)
                                : attempt.estimated(
                                        call.size().answer(attempt.deployment().model(), body),
                                        facts.id(),
                                        Status.SUCCESS,
                                        null);
        return new Outcome.Answered(
                new Dispatch.Plain(
                        attempt.deployment(),
                        body,
                        translation.isIdentity() ? contentType : "application/json",
                        facts,
                        cost,
                        upstreamNanos,
                        attempt.number(),
                        ProviderHeaders.of(response)));
    }

    /** An answer of a form that may be any. */
    Outcome pass(OpenAttempt attempt, UpstreamResponse response) {
        try {
            if (response.status() / 100 == 2) {
                return begun(attempt, response);
            }
            byte[] body;
            try (response) {
                body = response.readAll(LARGEST_ERROR_BYTES);
            }
            int status = response.status() < 400 ? 502 : response.status();
            byte[] error =
                    ResponseFacts.of(body, body.length).wellFormed()
                            ? body
                            : ApiError.of(
                                            status,
                                            "api_error",
                                            "The provider answered %d.".formatted(status))
                                    .body();
            return new Outcome.Failed(
                    AttemptFailure.of(
                            response.status(),
                            ProviderFailure.of(status, error, response::header),
                            ProviderHeaders.of(response)));
        } catch (BodyTooLargeException e) {
            return new Outcome.Failed(AttemptFailure.tooLarge(0));
        } catch (IOException e) {
            response.cancel();
            return new Outcome.Failed(
                    AttemptFailure.brokenOff(e instanceof UpstreamTimeoutException, 0));
        }
    }

    private static Outcome begun(OpenAttempt attempt, UpstreamResponse response)
            throws IOException {
        byte[] first = new byte[RELAYED_BYTES];
        int length = response.read(first, 0, first.length);
        attempt.contentArrived();
        return new Outcome.Answered(
                new Dispatch.Relayed(
                        attempt,
                        response,
                        requireNonNullElse(
                                response.header("content-type"), "application/octet-stream"),
                        first,
                        length,
                        ProviderHeaders.of(response)));
    }

    /** Nothing is sent to the caller before the first bytes are here. */
    private static Outcome relayed(
            CallFacts call, OpenAttempt attempt, UpstreamResponse response, String contentType)
            throws IOException {
        byte[] first = new byte[RELAYED_BYTES];
        int length = response.read(first, 0, first.length);
        if (length < 0) {
            return new Outcome.Failed(AttemptFailure.brokenOff(false, arrived(call, response)));
        }
        attempt.contentArrived();
        return new Outcome.Answered(
                new Dispatch.Relayed(
                        attempt,
                        response,
                        contentType,
                        first,
                        length,
                        ProviderHeaders.of(response)));
    }

    /** Nothing is sent to the caller before the first event is here and is no error. */
    private static Outcome stream(
            CallFacts call, OpenAttempt attempt, Translation translation, UpstreamResponse response)
            throws IOException {
        var events =
                new SseReader(
                        call.endpoint(), translation.stream(response::read), LARGEST_EVENT_BYTES);
        if (events.next() != SseReader.Step.EVENT) {
            response.cancel();
            return new Outcome.Failed(AttemptFailure.brokenOff(false, arrived(call, response)));
        }
        if (events.event().isError()) {
            response.cancel();
            return new Outcome.Failed(AttemptFailure.ofFirstEvent(data(events.event())));
        }
        if (!attempt.claims()) {
            response.cancel();
            return new Outcome.Failed(AttemptFailure.outrun());
        }
        return new Outcome.Answered(
                new Dispatch.Stream(attempt, response, events, ProviderHeaders.of(response)));
    }

    /** The JSON of an event, without its field name and blank line. */
    private static byte[] data(SseEvent event) {
        int start = event.offset();
        int end = start + event.length();
        byte[] bytes = event.array();
        while (start < end && bytes[start] != '{') {
            start++;
        }
        while (end > start && bytes[end - 1] <= ' ') {
            end--;
        }
        return Arrays.copyOfRange(bytes, start, end);
    }
}

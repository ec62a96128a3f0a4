package dev.sluice.ingress.http;

import dev.sluice.ingress.books.CallBooks;
import dev.sluice.ingress.cache.AnswerKey;
import dev.sluice.ingress.cache.CachedAnswer;
import dev.sluice.ingress.metrics.CacheMetrics.Kind;
import dev.sluice.ingress.metrics.GatewayMetrics.Outcome;
import dev.sluice.providers.openai.CompletionForms;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.RepeatableAnswer;
import dev.sluice.providers.openai.SseEvent;
import dev.sluice.providers.openai.SseReader;
import dev.sluice.schemas.events.SpendEvent.CacheUse;
import dev.sluice.schemas.events.SpendEvent.Status;

import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerResponse;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * Gives a kept answer again, in the form that this caller asked for: a stream in its many chunks, a
 * plain one whole, and each made of the other where they differ.
 */
final class CacheReplay {

    private static final int LARGEST_EVENT_BYTES = 1 << 20;

    private final CallBooks books;

    CacheReplay(CallBooks books) {
        this.books = books;
    }

    /**
     * Gives an answer.
     *
     * @param ageMillis how long it has been complete
     */
    Outcome answer(Call call, AnswerKey key, CachedAnswer answer, Kind kind, long ageMillis) {
        head(call, key, answer.deploymentId(), kind, ageMillis);
        Endpoint endpoint = call.facts().endpoint();
        boolean streamed = call.facts().stream() && endpoint.hasOutput();
        // A provider may answer plainly who wants a stream; where one is not made of the other,
        // it is given as it came.
        if (streamed && (endpoint.hasTwoForms() || answer.form() == CachedAnswer.Form.STREAM)) {
            new Replay(call, key, answer, kind).run();
        } else {
            byte[] body = body(endpoint, answer);
            book(call, key, kind, answer.model(), answer.costPico(), Status.SUCCESS, null);
            plain(call, answer, body);
        }
        return Outcome.SUCCESS;
    }

    /** Says where the answer comes from. */
    static void head(Call call, AnswerKey key, String deploymentId, Kind kind, long ageMillis) {
        AnswerHead head = call.head();
        head.text(CallHeaders.MODEL_GROUP, call.facts().modelGroup());
        head.text(CallHeaders.MODEL_ID, deploymentId);
        head.text(CallHeaders.CACHE_KEY, key.text());
        head.text(CallHeaders.CACHE_HIT, kind.word());
        head.number(CallHeaders.AGE, ageMillis / 1000);
        head.usd(CallHeaders.RESPONSE_COST, 0);
    }

    /** Writes down that a call was answered by what another one was paid for. */
    void book(
            Call call,
            AnswerKey key,
            Kind kind,
            String model,
            long savedPico,
            Status status,
            @Nullable String errorClass) {
        books.cacheHit(
                call.facts(),
                model,
                new CacheUse(kind.word(), key.text(), savedPico),
                status,
                errorClass);
    }

    private static byte[] body(Endpoint endpoint, CachedAnswer answer) {
        return switch (answer.form()) {
            case PLAIN -> answer.bytes();
            // What cannot be assembled was never kept: see CallCaching.
            case STREAM -> RepeatableAnswer.whole(endpoint, answer.bytes()).orElseThrow();
        };
    }

    private static void plain(Call call, CachedAnswer answer, byte[] body) {
        ServerResponse response = call.response();
        String type = answer.contentType();
        response.header(type.isEmpty() ? Answers.JSON : Answers.contentType(type));
        long elapsedNanos = call.elapsedNanos();
        AnswerHead head = call.head();
        head.millis(CallHeaders.DURATION, elapsedNanos);
        head.millis(CallHeaders.OVERHEAD, elapsedNanos);
        call.settle();
        response.send(call.wire().from(answer.deploymentId()).answer(body));
    }

    /** One kept answer as a stream; it is booked before its last event is sent. */
    private final class Replay {
        private final Call call;
        private final AnswerKey key;
        private final CachedAnswer answer;
        private final Kind kind;
        private boolean isBooked;

        Replay(Call call, AnswerKey key, CachedAnswer answer, Kind kind) {
            this.call = call;
            this.key = key;
            this.answer = answer;
            this.kind = kind;
        }

        void run() {
            ServerResponse response = call.response();
            response.header(Answers.EVENT_STREAM);
            response.header(Answers.NO_CACHE);
            List<byte[]> made =
                    answer.form() == CachedAnswer.Form.STREAM
                            ? List.of()
                            : CompletionForms.toSse(answer.bytes(), call.peek().includeUsage());
            CallerWire wire = call.wire().from(answer.deploymentId());
            try (OutputStream out = wire.stream(response.outputStream())) {
                switch (answer.form()) {
                    case STREAM -> recorded(out);
                    case PLAIN -> pieces(made, out);
                }
                ended();
            } catch (IOException | RuntimeException e) {
                book(0, Status.CANCELLED, "client_gone");
                throw new CloseConnectionException("the caller left", e);
            }
        }

        private void pieces(List<byte[]> events, OutputStream out) throws IOException {
            for (int i = 0; i < events.size(); i++) {
                if (i == events.size() - 1) {
                    ended();
                }
                out.write(events.get(i));
                out.flush();
            }
        }

        private void recorded(OutputStream out) throws IOException {
            var events =
                    new SseReader(
                            call.facts().endpoint(),
                            new ByteArrayInputStream(answer.bytes())::read,
                            LARGEST_EVENT_BYTES);
            while (events.next() == SseReader.Step.EVENT) {
                SseEvent event = events.event();
                if (event.isDone()) {
                    ended();
                }
                if (call.peek().includeUsage() || !event.usageOnly()) {
                    out.write(event.array(), event.offset(), event.length());
                    out.flush();
                }
            }
        }

        private void ended() {
            book(answer.costPico(), Status.SUCCESS, null);
            call.settle();
        }

        /** Only the first time counts. */
        private void book(long savedPico, Status status, @Nullable String errorClass) {
            if (!isBooked) {
                isBooked = true;
                CacheReplay.this.book(
                        call, key, kind, answer.model(), savedPico, status, errorClass);
            }
        }
    }
}

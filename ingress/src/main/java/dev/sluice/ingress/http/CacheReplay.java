package dev.sluice.ingress.http;

import dev.sluice.ingress.books.CallBooks;
import dev.sluice.ingress.cache.AnswerKey;
import dev.sluice.ingress.cache.CachedAnswer;
import dev.sluice.ingress.metrics.CacheMetrics.Kind;
import dev.sluice.ingress.metrics.GatewayMetrics.Outcome;
import dev.sluice.providers.openai.CompletionForms;
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
     * @param ageMillis how long ago it was asked for
     */
    Outcome answer(Call call, AnswerKey key, CachedAnswer answer, Kind kind, long ageMillis) {
        head(call, key, answer.deploymentId(), kind, ageMillis);
        book(call, key, kind, answer.model(), answer.costPico(), Status.SUCCESS, null);
        boolean streamed = call.facts().stream() && call.facts().endpoint().hasOutput();
        if (streamed) {
            replay(call, answer);
        } else {
            plain(call, answer);
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

    private static void plain(Call call, CachedAnswer answer) {
        byte[] body =
                switch (answer.form()) {
                    case PLAIN -> answer.bytes();
                    // What cannot be assembled was never kept: see CallCaching.
                    case STREAM ->
                            RepeatableAnswer.whole(call.facts().endpoint(), answer.bytes())
                                    .orElseThrow();
                };
        ServerResponse response = call.response();
        String type = answer.contentType();
        response.header(type.isEmpty() ? Answers.JSON : Answers.contentType(type));
        long elapsedNanos = call.elapsedNanos();
        AnswerHead head = call.head();
        head.usd(CallHeaders.RESPONSE_COST, 0);
        head.millis(CallHeaders.DURATION, elapsedNanos);
        head.millis(CallHeaders.OVERHEAD, elapsedNanos);
        call.settle();
        response.send(call.wire().from(answer.deploymentId()).answer(body));
    }

    private static void replay(Call call, CachedAnswer answer) {
        ServerResponse response = call.response();
        response.header(Answers.EVENT_STREAM);
        response.header(Answers.NO_CACHE);
        CallerWire wire = call.wire().from(answer.deploymentId());
        try (OutputStream out = wire.stream(response.outputStream())) {
            switch (answer.form()) {
                case STREAM -> replayEvents(call, answer.bytes(), out);
                case PLAIN -> {
                    boolean usage = call.peek().includeUsage();
                    List<byte[]> events = CompletionForms.toSse(answer.bytes(), usage);
                    for (int i = 0; i < events.size(); i++) {
                        if (i == events.size() - 1) {
                            call.settle();
                        }
                        out.write(events.get(i));
                        out.flush();
                    }
                }
            }
            call.settle();
        } catch (IOException e) {
            throw new CloseConnectionException("the caller left", e);
        }
    }

    private static void replayEvents(Call call, byte[] recorded, OutputStream out)
            throws IOException {
        var events =
                new SseReader(
                        call.facts().endpoint(),
                        new ByteArrayInputStream(recorded)::read,
                        LARGEST_EVENT_BYTES);
        while (events.next() == SseReader.Step.EVENT) {
            SseEvent event = events.event();
            if (event.isDone()) {
                call.settle();
            }
            if (call.peek().includeUsage() || !event.usageOnly()) {
                out.write(event.array(), event.offset(), event.length());
                out.flush();
            }
        }
    }
}

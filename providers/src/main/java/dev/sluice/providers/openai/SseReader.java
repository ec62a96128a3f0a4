package dev.sluice.providers.openai;

import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Arrays;

/**
 * Pulls a streamed answer event by event, each with its bytes as they came. The events together are
 * the stream byte for byte, but for blank lines at its very end.
 *
 * <p>Lines end with LF, CRLF or CR. One thread at a time.
 */
public final class SseReader {

    /** What {@link #next} came to. All but {@link #EVENT} is the end, and stays so. */
    public enum Step {
        /** An event is at hand. */
        EVENT,
        /** The stream ended between two events. */
        END,
        /** The stream ended within an event: {@link SseReader#event} is what there is of it. */
        TRUNCATED,
        /** An event is longer than was allowed. */
        TOO_LARGE
    }

    /** A bound on one event, in bytes, that no sane provider meets. */
    public static final int EVENT_BYTES_MAX = 1 << 20;

    private static final int BUFFER_BYTES = 8 << 10;

    private final ByteSource source;
    private final int eventBytesMax;
    private final Endpoint endpoint;
    private final SseEvent event;
    private final SseData data = new SseData();

    private byte[] buffer;
    private int start;
    private int limit;

    private int scanned;
    private int lineStart;
    private boolean hasLine;
    private boolean afterCarriageReturn;
    private boolean brokenByBoth;
    private int found = -1;

    private @Nullable Step last;
    private boolean begun;
    private boolean done;
    private boolean contentSeen;
    private @Nullable String responseId;
    private @Nullable String model;
    private @Nullable Usage usage;
    private @Nullable String serviceTier;

    /** A reader of a chat's events of at most {@code eventBytesMax} bytes. */
    public SseReader(ByteSource source, int eventBytesMax) {
        this(Endpoint.CHAT_COMPLETIONS, source, eventBytesMax);
    }

    /** A reader of an endpoint's events of at most {@code eventBytesMax} bytes. */
    public SseReader(Endpoint endpoint, ByteSource source, int eventBytesMax) {
        this.endpoint = endpoint;
        this.event = new SseEvent(endpoint);
        this.source = source;
        this.eventBytesMax = eventBytesMax;
        this.buffer = new byte[Math.min(BUFFER_BYTES, eventBytesMax)];
    }

    /**
     * Goes to the next event, waiting for it where it is not in the buffer yet.
     *
     * @throws IOException as the source does
     */
    public Step next() throws IOException {
        if (last != null) {
            return last;
        }
        while (!scan()) {
            if (limit - start == eventBytesMax) {
                return end(Step.TOO_LARGE);
            }
            if (!fill()) {
                return ending();
            }
        }
        take(found);
        return Step.EVENT;
    }

    /** The event that {@link #next} went to; valid until it goes on. */
    public SseEvent event() {
        return event;
    }

    /** Whether the next event is in the buffer already, so that a flush can wait for it. */
    public boolean hasBuffered() {
        return last == null && scan();
    }

    /** Whether the stream may end here: it said so, or it is one that need not. */
    public boolean mayEnd() {
        return done || !endpoint.endsBySaying();
    }

    /** Whether {@code [DONE]} came by. */
    public boolean done() {
        return done;
    }

    /** Whether any output came by. */
    public boolean contentSeen() {
        return contentSeen;
    }

    /** The provider's id of the answer, from the first chunk that had one. */
    public @Nullable String responseId() {
        return responseId;
    }

    /** The model as the provider names it, from the first chunk that had it. */
    public @Nullable String model() {
        return model;
    }

    /** The service tier named last, or null. */
    public @Nullable String serviceTier() {
        return serviceTier;
    }

    /** The usage reported last, or null. */
    public @Nullable Usage usage() {
        return usage;
    }

    private Step end(Step step) {
        last = step;
        return step;
    }

    /**
     * The source has no more: what is left is nothing, {@code [DONE]} without its end, or a cut.
     */
    private Step ending() {
        end(Step.END);
        if (isBlank(start)) {
            return Step.END;
        }
        boolean isWhole = hasLine && lineStart < limit && isBlank(lineStart);
        take(limit);
        if (isWhole || event.isDone()) {
            return Step.EVENT;
        }
        return end(Step.TRUNCATED);
    }

    private boolean isBlank(int from) {
        for (int i = from; i < limit; i++) {
            if (buffer[i] != '\r' && buffer[i] != '\n') {
                return false;
            }
        }
        return true;
    }

    private void take(int to) {
        data.set(buffer, start, to, !begun);
        begun = true;
        event.set(buffer, start, to - start, data, !contentSeen);
        ResponseFacts facts = event.facts();
        done |= event.isDone();
        contentSeen |= facts.hasContent();
        responseId = responseId == null ? facts.id() : responseId;
        model = model == null ? facts.model() : model;
        usage = facts.usage() == null ? usage : facts.usage();
        serviceTier = facts.serviceTier() == null ? serviceTier : facts.serviceTier();
        start = to;
        scanned = to;
        lineStart = to;
        hasLine = false;
        brokenByBoth = false;
        found = -1;
    }

    /** Looks on for the end of the next event; blank lines before it belong to it. */
    private boolean scan() {
        while (found < 0) {
            if (afterCarriageReturn && scanned < limit) {
                afterCarriageReturn = false;
                skipLineFeed();
            }
            scanned = SseLines.lineBreak(buffer, scanned, limit);
            if (scanned == limit || mustWaitForLineFeed()) {
                return false;
            }
            endLine();
        }
        return true;
    }

    /** A CR that was the last byte may turn out to be the first half of a CRLF. */
    private void skipLineFeed() {
        if (buffer[scanned] == '\n') {
            scanned++;
            lineStart = scanned;
            brokenByBoth = hasLine;
        }
    }

    /** Where lines end with CRLF, a blank line's CR announces a LF that is part of the event. */
    private boolean mustWaitForLineFeed() {
        return brokenByBoth
                && scanned == lineStart
                && buffer[scanned] == '\r'
                && scanned + 1 == limit;
    }

    private void endLine() {
        boolean isBlank = scanned == lineStart;
        boolean isReturn = buffer[scanned] == '\r';
        scanned++;
        afterCarriageReturn = isReturn && scanned == limit;
        boolean isBoth = isReturn && scanned < limit && buffer[scanned] == '\n';
        if (isBoth) {
            scanned++;
        }
        lineStart = scanned;
        if (!isBlank) {
            hasLine = true;
            brokenByBoth = isBoth;
        } else if (hasLine) {
            found = scanned;
        }
    }

    private boolean fill() throws IOException {
        makeRoom();
        int count = source.read(buffer, limit, buffer.length - limit);
        if (count == 0) {
            throw new IOException("the source gave neither bytes nor its end");
        }
        limit += Math.max(count, 0);
        return count > 0;
    }

    private void makeRoom() {
        if (start == limit) {
            moveToFront();
        } else if (start > 0 && buffer.length - limit <= buffer.length / 4) {
            System.arraycopy(buffer, start, buffer, 0, limit - start);
            moveToFront();
        }
        if (limit == buffer.length) {
            int larger = (int) Math.min(2L * buffer.length, eventBytesMax);
            buffer = Arrays.copyOf(buffer, larger);
        }
    }

    private void moveToFront() {
        limit -= start;
        scanned -= start;
        lineStart -= start;
        start = 0;
    }
}

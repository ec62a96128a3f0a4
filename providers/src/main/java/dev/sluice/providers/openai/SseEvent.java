package dev.sluice.providers.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.transport.Slice;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

import java.util.Optional;

/**
 * The event that {@link SseReader} stands at: its bytes as they came, and what they say. Valid
 * until the reader goes on; a reader has only one.
 */
public final class SseEvent {

    private static final ResponseFacts UNREAD =
            new ResponseFacts(
                    true, null, null, null, false, false, false, false, false, false, null, null);

    private final Endpoint endpoint;
    private byte[] array = {};
    private int offset;
    private int length;
    private @Nullable SseData data;
    private boolean hasData;
    private boolean done;
    private boolean firstContent;
    private ResponseFacts facts = UNREAD;

    SseEvent(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    /** The array that holds the event, other events and free space. */
    public byte[] array() {
        return array;
    }

    /** Where the event begins in {@link #array}. */
    public int offset() {
        return offset;
    }

    /** The event's bytes, its terminating blank line included. */
    public int length() {
        return length;
    }

    /** The same as one value. */
    public Slice slice() {
        return new Slice(array, offset, length);
    }

    /** Whether this is the end: {@code data: [DONE]}, or the event with the whole response. */
    public boolean isDone() {
        return done;
    }

    /** Whether it carries no data: a keep-alive. */
    public boolean isComment() {
        return !hasData;
    }

    /** Whether it was read and is no JSON. Once output has begun, only what may matter is read. */
    public boolean isMalformed() {
        return !facts.wellFormed();
    }

    /** Whether it is an error of the provider: no answer follows. */
    public boolean isError() {
        return facts.error() != null;
    }

    /** The error, or null. */
    public ResponseFacts.@Nullable ProviderError error() {
        return facts.error();
    }

    /** The usage that it reports, or null. */
    public @Nullable Usage usage() {
        return facts.usage();
    }

    /** Whether usage is all it has: to be hidden from a caller that did not ask for it. */
    public boolean usageOnly() {
        return facts.usageOnly();
    }

    /** Whether it brings the first output of the stream. */
    public boolean isFirstContent() {
        return firstContent;
    }

    /** Whether, with the first output of the stream, it calls a tool or refuses. */
    public boolean callsOrRefuses() {
        return facts.callsTools() || facts.refuses();
    }

    void set(byte[] array, int offset, int length, SseData data, boolean lookForContent) {
        this.array = array;
        this.offset = offset;
        this.length = length;
        this.data = data;
        hasData = data.isPresent();
        boolean isMark = data.isDone();
        boolean isRead = hasData && !isMark && (lookForContent || data.mayMatter());
        facts = isRead ? data.facts(endpoint) : UNREAD;
        done = isMark || (endpoint.endsBySaying() && facts.finished() && facts.error() == null);
        firstContent = lookForContent && facts.hasContent();
    }

    ResponseFacts facts() {
        return facts;
    }

    /** The data as a tree; empty if it is no object. Valid as long as the event is. */
    Optional<ObjectNode> json() {
        return data == null ? Optional.empty() : data.json();
    }
}

package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An answer to a request for embeddings, so that its vectors can be given one by one. They are
 * never read: an answer that is put together has the bytes of those that it is made of.
 */
public final class EmbeddingAnswer {

    private static final byte[] DATA = ascii("data");
    private static final byte[] USAGE = ascii("usage");
    private static final byte[] INDEX = ascii("index");
    private static final byte[] PROMPT_TOKENS = ascii("prompt_tokens");
    private static final byte[] TOTAL_TOKENS = ascii("total_tokens");

    private final byte[] body;
    private final int length;
    private final Span data;
    private final @Nullable Span usage;
    private final long promptTokens;
    private final List<Entry> entries;

    private EmbeddingAnswer(
            byte[] body,
            int length,
            Span data,
            @Nullable Span usage,
            long promptTokens,
            List<Entry> entries) {
        this.body = body;
        this.length = length;
        this.data = data;
        this.usage = usage;
        this.promptTokens = promptTokens;
        this.entries = entries;
    }

    private record Span(int start, int end) {}

    /**
     * One element of the answer's list.
     *
     * @param index its place in the list, -1 where it says none
     * @param at where that is said; behind the opening brace where it is not
     */
    private record Entry(Span whole, long index, Span at, boolean isEmpty) {}

    /**
     * A vector of an answer.
     *
     * @param promptTokens that its input counted
     */
    public record Part(EmbeddingAnswer answer, int place, long promptTokens) {}

    /** Reads an answer; empty where it is none, or it cannot be told which vector is whose. */
    public static Optional<EmbeddingAnswer> read(byte[] body, int length) {
        try {
            return new Reader(new JsonCursor(body, 0, length)).read(body, length);
        } catch (MalformedException e) {
            return Optional.empty();
        }
    }

    /** How many vectors it has. */
    public int size() {
        return entries.size();
    }

    /** The tokens that its inputs counted, 0 where it does not say. */
    public long promptTokens() {
        return promptTokens;
    }

    /** The answer that one of its inputs alone would have had. */
    public byte[] alone(int place, long tokens) {
        return of(this, List.of(new Part(this, place, tokens)));
    }

    /**
     * The answer to several inputs, each answered somewhere, in this order.
     *
     * @param frame whose other fields it gets
     */
    public static byte[] of(EmbeddingAnswer frame, List<Part> parts) {
        int size = frame.length;
        long tokens = 0;
        for (Part part : parts) {
            Span whole = part.answer.entries.get(part.place).whole;
            size += whole.end - whole.start + 8;
            tokens += part.promptTokens;
        }
        var pieces = new BytePieces(size);
        Span usage = frame.usage;
        boolean isUsageFirst = usage != null && usage.start < frame.data.start;
        int at = 0;
        if (isUsageFirst) {
            at = frame.addUsage(pieces, at, tokens);
        }
        pieces.add(frame.body, at, frame.data.start);
        pieces.ascii("[");
        for (int i = 0; i < parts.size(); i++) {
            if (i > 0) {
                pieces.ascii(",");
            }
            parts.get(i).answer.addEntry(pieces, parts.get(i).place, i);
        }
        pieces.ascii("]");
        at = frame.data.end;
        if (usage != null && !isUsageFirst) {
            at = frame.addUsage(pieces, at, tokens);
        }
        pieces.add(frame.body, at, frame.length);
        return pieces.bytes();
    }

    private int addUsage(BytePieces pieces, int from, long tokens) {
        if (usage == null) {
            return from;
        }
        pieces.add(body, from, usage.start);
        pieces.ascii("{\"prompt_tokens\":%d,\"total_tokens\":%d}".formatted(tokens, tokens));
        return usage.end;
    }

    private void addEntry(BytePieces pieces, int place, int index) {
        Entry entry = entries.get(place);
        pieces.add(body, entry.whole.start, entry.at.start);
        if (entry.index >= 0) {
            pieces.ascii(Integer.toString(index));
        } else {
            pieces.ascii("\"index\":%d%s".formatted(index, entry.isEmpty ? "" : ","));
        }
        pieces.add(body, entry.at.end, entry.whole.end);
    }

    private static byte[] ascii(String name) {
        return name.getBytes(US_ASCII);
    }

    /** The one pass over an answer. */
    private static final class Reader {
        private final JsonCursor cursor;
        private final List<Entry> entries = new ArrayList<>();
        private @Nullable Span data;
        private @Nullable Span usage;
        private long promptTokens = -1;
        private long totalTokens = -1;

        Reader(JsonCursor cursor) {
            this.cursor = cursor;
        }

        Optional<EmbeddingAnswer> read(byte[] body, int length) throws MalformedException {
            cursor.enterObject();
            while (cursor.nextMember()) {
                int start = cursor.position();
                if (cursor.nameIs(DATA) && cursor.kind() == '[') {
                    entries.clear();
                    readData();
                    data = new Span(start, cursor.position());
                } else if (cursor.nameIs(USAGE) && cursor.kind() == '{') {
                    readUsage();
                    usage = new Span(start, cursor.position());
                } else {
                    cursor.skipValue();
                }
            }
            cursor.expectEnd();
            Span found = data;
            if (found == null || !sort()) {
                return Optional.empty();
            }
            long tokens = promptTokens >= 0 ? promptTokens : Math.max(0, totalTokens);
            return Optional.of(new EmbeddingAnswer(body, length, found, usage, tokens, entries));
        }

        /**
         * Puts the entries in order: all say their places, or none does. Some providers call each
         * vector the first; then they come in the order of the inputs, as where none says it.
         */
        private boolean sort() {
            if (entries.stream().allMatch(entry -> entry.index < 0)
                    || entries.stream().allMatch(entry -> entry.index == 0)) {
                return true;
            }
            entries.sort((left, right) -> Long.compare(left.index, right.index));
            for (int i = 0; i < entries.size(); i++) {
                if (entries.get(i).index != i) {
                    return false;
                }
            }
            return true;
        }

        private void readData() throws MalformedException {
            cursor.enterArray();
            while (cursor.nextElement()) {
                readEntry();
            }
        }

        private void readEntry() throws MalformedException {
            int start = cursor.position();
            cursor.enterObject();
            long index = -1;
            boolean isEmpty = true;
            Span at = new Span(start + 1, start + 1);
            while (cursor.nextMember()) {
                isEmpty = false;
                int value = cursor.position();
                boolean isIndex = cursor.nameIs(INDEX) && JsonNumbers.isNumber(cursor.kind());
                cursor.skipValue();
                if (isIndex) {
                    index = JsonNumbers.wholeNumber(cursor.bytes, value, cursor.position());
                    at = new Span(value, cursor.position());
                }
            }
            entries.add(new Entry(new Span(start, cursor.position()), index, at, isEmpty));
        }

        private void readUsage() throws MalformedException {
            cursor.enterObject();
            while (cursor.nextMember()) {
                int value = cursor.position();
                boolean isPrompt = cursor.nameIs(PROMPT_TOKENS);
                boolean isTotal = cursor.nameIs(TOTAL_TOKENS);
                cursor.skipValue();
                if (isPrompt) {
                    promptTokens = JsonNumbers.wholeNumber(cursor.bytes, value, cursor.position());
                } else if (isTotal) {
                    totalTokens = JsonNumbers.wholeNumber(cursor.bytes, value, cursor.position());
                }
            }
        }
    }
}

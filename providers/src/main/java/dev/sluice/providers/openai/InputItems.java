package dev.sluice.providers.openai;

import java.util.ArrayList;
import java.util.List;

/**
 * The inputs of a request for embeddings, one by one: a text or a list of tokens each, whether it
 * came alone or in a list.
 *
 * @param start where the value of {@code input} begins in the body
 * @param end where it ends, exclusive
 */
public record InputItems(int start, int end, List<Item> items) {

    /** A longer list is not looked at one by one; OpenAI takes no longer one. */
    public static final int ITEMS_MAX = 2_048;

    private static final byte[] COMMA = {','};

    public InputItems {
        items = List.copyOf(items);
    }

    /**
     * One input.
     *
     * @param start where it begins in the body
     * @param end where it ends, exclusive
     * @param hash SHA-256 of its canonical form
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Item(int start, int end, byte[] hash) {

        /** Its size in the body. */
        public int bytes() {
            return end - start;
        }
    }

    /** The body with these of its inputs alone, in their order. */
    public byte[] bodyOf(byte[] body, int length, List<Item> asked) {
        var pieces = new BytePieces(length);
        pieces.add(body, 0, start);
        pieces.add(new byte[] {'['});
        for (int i = 0; i < asked.size(); i++) {
            if (i > 0) {
                pieces.add(COMMA);
            }
            pieces.add(body, asked.get(i).start(), asked.get(i).end());
        }
        pieces.add(new byte[] {']'});
        pieces.add(body, end, length);
        return pieces.bytes();
    }

    /**
     * Divides what was counted for all of some inputs among them, by their sizes. The parts are the
     * whole again.
     */
    public static long[] shares(List<Item> items, long whole) {
        long least = whole >= items.size() ? 1 : 0;
        long divided = whole - least * items.size();
        long all = Math.max(1, items.stream().mapToLong(Item::bytes).sum());
        long[] shares = new long[items.size()];
        long before = 0;
        long bytes = 0;
        for (int i = 0; i < shares.length; i++) {
            bytes += items.get(i).bytes();
            // divided * bytes / all, without a product that is too large for a long.
            long until = divided / all * bytes + divided % all * bytes / all;
            shares[i] = least + until - before;
            before = until;
        }
        return shares;
    }

    /**
     * Reads the value ahead and leaves the cursor behind it. The list is empty where the inputs
     * cannot be told apart, or are too many.
     */
    static InputItems read(JsonCursor cursor, CanonicalForm canonical) throws MalformedException {
        int start = cursor.position();
        List<Item> items = new ArrayList<>();
        if (isList(cursor)) {
            boolean isKnown = true;
            cursor.enterArray();
            while (cursor.nextElement()) {
                isKnown &= isInput(cursor.kind()) && items.size() < ITEMS_MAX;
                if (isKnown) {
                    items.add(item(cursor, canonical));
                } else {
                    cursor.skipValue();
                }
            }
            if (!isKnown) {
                items.clear();
            }
        } else {
            items.add(item(cursor, canonical));
        }
        return new InputItems(start, cursor.position(), items);
    }

    /** Whether the value ahead is a list of inputs, not a list of tokens or a text. */
    private static boolean isList(JsonCursor cursor) throws MalformedException {
        if (cursor.kind() != '[') {
            return false;
        }
        JsonCursor ahead = cursor.ahead();
        ahead.enterArray();
        return !ahead.nextElement() || !JsonNumbers.isNumber(ahead.kind());
    }

    private static boolean isInput(byte kind) {
        return kind == '"' || kind == '[';
    }

    private static Item item(JsonCursor cursor, CanonicalForm canonical) throws MalformedException {
        int start = cursor.position();
        byte[] hash = canonical.hashOfValue(cursor);
        return new Item(start, cursor.position(), hash);
    }
}

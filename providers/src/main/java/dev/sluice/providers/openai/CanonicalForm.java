package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sluice.schemas.Digests;

import java.security.MessageDigest;
import java.util.Arrays;

/**
 * Writes a JSON value so that two texts come out equal exactly where they say the same: the order
 * of members, white space and escapes are gone, every value is kept, numbers by their exact text.
 *
 * <p>Each value is a tag with its content: strings and numbers carry their length, objects and
 * arrays an end mark, so that no two values share a form. Members are written as they are read and
 * sorted by name when their object ends; equal names keep their order.
 */
final class CanonicalForm {

    private static final int INSERTION_SORT_MAX = 24;
    private static final int LENGTH_BYTES = Integer.BYTES;

    private byte[] form;
    private int size;
    private byte[] scratch = new byte[0];

    /** Where each member of the objects that are open begins; the innermost object's come last. */
    private int[] memberStarts = new int[16];

    private int memberCount;

    /** An empty form; {@code sizeHint} is the length of the text that will be read. */
    CanonicalForm(String domain, int sizeHint) {
        form = new byte[sizeHint + sizeHint / 4 + 128];
        byte[] name = domain.getBytes(US_ASCII);
        System.arraycopy(name, 0, form, 0, name.length);
        size = name.length;
    }

    /** Opens an object that {@link #member} fills and {@link #hash} ends. */
    int beginObject() {
        put('{');
        return memberCount;
    }

    /** Reads and writes the member whose value is ahead of the cursor. */
    void member(JsonCursor cursor) throws MalformedException {
        if (memberCount == memberStarts.length) {
            memberStarts = Arrays.copyOf(memberStarts, memberCount * 2);
        }
        memberStarts[memberCount++] = size;
        reserve(LENGTH_BYTES + cursor.nameBytesMax());
        endString(cursor.writeName(form, size + LENGTH_BYTES));
        value(cursor);
    }

    /**
     * Ends the outermost object, which {@link #beginObject} opened with this answer, and returns
     * the SHA-256 of all. Its members are hashed in order rather than moved: a prompt is large.
     */
    byte[] hash(int firstMember) {
        MessageDigest digest = Digests.sha256();
        if (isSorted(firstMember)) {
            digest.update(form, 0, size);
        } else {
            digest.update(form, 0, memberStarts[firstMember]);
            for (int member : order(firstMember)) {
                digest.update(form, memberStarts[member], memberSize(member));
            }
        }
        digest.update((byte) '}');
        return digest.digest();
    }

    /** Reads a value and returns the SHA-256 of its form, of which nothing is left here. */
    byte[] hashOfValue(JsonCursor cursor) throws MalformedException {
        int start = size;
        value(cursor);
        MessageDigest digest = Digests.sha256();
        digest.update(form, start, size - start);
        size = start;
        return digest.digest();
    }

    private void value(JsonCursor cursor) throws MalformedException {
        switch (cursor.kind()) {
            case '{' -> {
                int firstMember = beginObject();
                cursor.enterObject();
                while (cursor.nextMember()) {
                    member(cursor);
                }
                endObject(firstMember);
            }
            case '[' -> {
                put('[');
                cursor.enterArray();
                while (cursor.nextElement()) {
                    value(cursor);
                }
                put(']');
            }
            case '"' -> {
                cursor.skipScalar();
                put('"');
                reserve(LENGTH_BYTES + cursor.textBytesMax());
                endString(cursor.writeText(form, size + LENGTH_BYTES));
            }
            case 't', 'f', 'n' -> {
                put(cursor.kind());
                cursor.skipScalar();
            }
            default -> number(cursor);
        }
    }

    private void endObject(int firstMember) {
        if (!isSorted(firstMember)) {
            reorder(firstMember);
        }
        memberCount = firstMember;
        put('}');
    }

    private void number(JsonCursor cursor) throws MalformedException {
        int start = cursor.position();
        cursor.skipScalar();
        int length = cursor.position() - start;
        put('0');
        reserve(LENGTH_BYTES + length);
        System.arraycopy(cursor.bytes, start, form, size + LENGTH_BYTES, length);
        endString(size + LENGTH_BYTES + length);
    }

    /** Ends a text that was written behind room for its length. */
    private void endString(int stop) {
        int length = stop - size - LENGTH_BYTES;
        form[size] = (byte) (length >>> 24);
        form[size + 1] = (byte) (length >>> 16);
        form[size + 2] = (byte) (length >>> 8);
        form[size + 3] = (byte) length;
        size = stop;
    }

    private void put(int tag) {
        reserve(1);
        form[size++] = (byte) tag;
    }

    private void reserve(int more) {
        if (form.length - size < more) {
            form = Arrays.copyOf(form, Math.max(form.length * 2, size + more));
        }
    }

    private boolean isSorted(int firstMember) {
        for (int i = firstMember + 1; i < memberCount; i++) {
            if (compareNames(memberStarts[i - 1], memberStarts[i]) > 0) {
                return false;
            }
        }
        return true;
    }

    /** The members of the innermost object by name. */
    private int[] order(int firstMember) {
        return memberCount - firstMember <= INSERTION_SORT_MAX
                ? insertion(firstMember)
                : merge(firstMember);
    }

    private int[] insertion(int firstMember) {
        int[] order = new int[memberCount - firstMember];
        for (int i = 0; i < order.length; i++) {
            int member = firstMember + i;
            int hole = i;
            while (hole > 0
                    && compareNames(memberStarts[order[hole - 1]], memberStarts[member]) > 0) {
                order[hole] = order[hole - 1];
                hole--;
            }
            order[hole] = member;
        }
        return order;
    }

    private int[] merge(int firstMember) {
        Integer[] order = new Integer[memberCount - firstMember];
        Arrays.setAll(order, i -> firstMember + i);
        Arrays.sort(order, (left, right) -> compareNames(memberStarts[left], memberStarts[right]));
        return Arrays.stream(order).mapToInt(Integer::intValue).toArray();
    }

    private void reorder(int firstMember) {
        int start = memberStarts[firstMember];
        int length = size - start;
        if (scratch.length < length) {
            scratch = new byte[Math.max(length, 2 * scratch.length)];
        }
        int write = 0;
        for (int member : order(firstMember)) {
            int memberSize = memberSize(member);
            System.arraycopy(form, memberStarts[member], scratch, write, memberSize);
            write += memberSize;
        }
        System.arraycopy(scratch, 0, form, start, length);
    }

    private int memberSize(int member) {
        int end = member + 1 < memberCount ? memberStarts[member + 1] : size;
        return end - memberStarts[member];
    }

    /** Any total order does, so the length bytes take part. */
    private int compareNames(int left, int right) {
        return Arrays.compareUnsigned(
                form, left, left + nameSize(left), form, right, right + nameSize(right));
    }

    private int nameSize(int at) {
        int length =
                (form[at] & 0xFF) << 24
                        | (form[at + 1] & 0xFF) << 16
                        | (form[at + 2] & 0xFF) << 8
                        | (form[at + 3] & 0xFF);
        return LENGTH_BYTES + length;
    }
}

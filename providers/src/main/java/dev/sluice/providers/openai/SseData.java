package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.databind.node.ObjectNode;

import java.util.Arrays;
import java.util.Optional;

/** The data of one event: nearly always one line, and then it is read where it lies. */
final class SseData {

    private static final byte[] FIELD = "data".getBytes(US_ASCII);
    private static final byte[] DONE = "[DONE]".getBytes(US_ASCII);
    private static final byte[] USAGE = "\"usage\"".getBytes(US_ASCII);
    private static final byte[] ERROR = "\"error\"".getBytes(US_ASCII);
    private static final byte[] NULL = "null".getBytes(US_ASCII);

    private byte[] array = {};
    private int start;
    private int end;
    private int lines;

    /**
     * Reads the event between the offsets.
     *
     * @param first whether the stream begins with it: only there is a byte order mark none of it
     */
    void set(byte[] array, int from, int to, boolean first) {
        this.array = array;
        start = from;
        end = from;
        lines = 0;
        int line = first ? skipByteOrderMark(array, from, to) : from;
        while (line < to) {
            int stop = SseLines.lineBreak(array, line, to);
            if (isData(array, line, stop)) {
                addLine(array, valueStart(array, line, stop), stop);
            }
            line = stop + 1;
        }
    }

    boolean isPresent() {
        return lines > 0;
    }

    boolean isDone() {
        int stop = end;
        while (stop > start && array[stop - 1] == ' ') {
            stop--;
        }
        return lines == 1 && Arrays.equals(array, start, stop, DONE, 0, DONE.length);
    }

    /**
     * Whether a name {@code usage} or {@code error} with another value than null is in sight, or
     * the word {@code error} as a value, or a letter that is escaped without need. Quick, and at
     * worst too careful: the reading decides.
     */
    boolean mayMatter() {
        int last = end - USAGE.length;
        for (int i = start; i < last; i++) {
            if (array[i] == '"') {
                if ((array[i + 1] == 'u' && isFilled(i, USAGE))
                        || (array[i + 1] == 'e' && isFilled(i, ERROR))) {
                    return true;
                }
            } else if (array[i] == '\\' && isLetter(i)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the escape spells a lower-case letter: names may be hidden that way. */
    private boolean isLetter(int at) {
        return array[at + 1] == 'u'
                && array[at + 2] == '0'
                && array[at + 3] == '0'
                && (array[at + 4] == '6' || array[at + 4] == '7');
    }

    ResponseFacts facts(Endpoint endpoint) {
        return ResponseFacts.of(endpoint, array, start, end);
    }

    Optional<ObjectNode> json() {
        return JsonTrees.object(array, start, end - start);
    }

    private boolean isFilled(int at, byte[] name) {
        int next = at + name.length;
        if (!Arrays.equals(array, at, next, name, 0, name.length)) {
            return false;
        }
        next = skipSpaces(next);
        if (next == end || array[next] != ':') {
            // As a value: some providers tell an error by {"object": "error"}.
            return array[at + 1] == 'e';
        }
        next = skipSpaces(next + 1);
        int stop = Math.min(next + NULL.length, end);
        return !Arrays.equals(array, next, stop, NULL, 0, NULL.length);
    }

    private int skipSpaces(int from) {
        int next = from;
        while (next < end && array[next] <= ' ' && array[next] > 0) {
            next++;
        }
        return next;
    }

    /** Several lines of data are one text with line feeds between them. */
    private void addLine(byte[] event, int from, int to) {
        if (lines++ == 0) {
            start = from;
            end = to;
            return;
        }
        byte[] joined = new byte[end - start + 1 + to - from];
        System.arraycopy(array, start, joined, 0, end - start);
        joined[end - start] = '\n';
        System.arraycopy(event, from, joined, end - start + 1, to - from);
        array = joined;
        start = 0;
        end = joined.length;
    }

    private static boolean isData(byte[] event, int line, int stop) {
        int name = line + FIELD.length;
        return name <= stop
                && Arrays.equals(event, line, name, FIELD, 0, FIELD.length)
                && (name == stop || event[name] == ':');
    }

    private static int valueStart(byte[] event, int line, int stop) {
        int value = Math.min(line + FIELD.length + 1, stop);
        return value < stop && event[value] == ' ' ? value + 1 : value;
    }

    private static int skipByteOrderMark(byte[] event, int from, int to) {
        boolean marked =
                to - from >= 3
                        && event[from] == (byte) 0xEF
                        && event[from + 1] == (byte) 0xBB
                        && event[from + 2] == (byte) 0xBF;
        return marked ? from + 3 : from;
    }
}

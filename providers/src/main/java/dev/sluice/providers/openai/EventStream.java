package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Arrays;

/**
 * Pulls server-sent events of any provider: the name and the data of each, decoded. Lines end with
 * LF, CRLF or CR; fields other than {@code event} and {@code data} are passed over, as are comments
 * and events without data.
 *
 * <p>Holds one event at a time. One thread at a time.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html">the standard</a>
 */
public final class EventStream {

    private static final int FIRST_ROOM = 4 << 10;
    private static final byte[] DATA = "data".getBytes(US_ASCII);

    private final ByteSource source;
    private final int eventBytesMax;
    private byte[] buffer = new byte[FIRST_ROOM];
    private int start;
    private int limit;
    private boolean hasEnded;
    private boolean skipsLineFeed;
    private boolean isFirstLine = true;

    /**
     * One event.
     *
     * @param name what its {@code event} field says, empty without one
     * @param data its lines joined by LF
     */
    public record Event(String name, String data) {}

    /** Reads events of at most so many bytes. */
    public EventStream(ByteSource source, int eventBytesMax) {
        this.source = source;
        this.eventBytesMax = eventBytesMax;
    }

    /**
     * Waits for the next event with data; null at the end of the stream. What follows the last
     * blank line is an event too: some providers forget the blank line at the end.
     *
     * @throws IOException as the source does, or if an event is too large
     */
    public @Nullable Event next() throws IOException {
        String name = "";
        StringBuilder data = null;
        int size = 0;
        while (true) {
            String line = line();
            if (line == null) {
                return data == null ? null : new Event(name, data.toString());
            }
            size += line.length();
            if (size > eventBytesMax) {
                throw tooLarge();
            }
            if (line.isEmpty()) {
                if (data != null) {
                    return new Event(name, data.toString());
                }
                name = "";
                size = 0;
            } else if (isField(line, "data")) {
                data = data == null ? new StringBuilder(line.length()) : data.append('\n');
                data.append(value(line, 4));
            } else if (isField(line, "event")) {
                name = value(line, 5);
            }
        }
    }

    /** Whether {@link #next} need not wait: an event with data has arrived whole. */
    public boolean isAtHand() {
        boolean hasData = false;
        int line = start;
        if (skipsLineFeed && line < limit && buffer[line] == '\n') {
            line++;
        }
        for (int at = line; at < limit; at++) {
            if (buffer[at] != '\n' && buffer[at] != '\r') {
                continue;
            }
            if (at == line && hasData) {
                return true;
            }
            hasData |= isData(line, at);
            if (buffer[at] == '\r' && at + 1 < limit && buffer[at + 1] == '\n') {
                at++;
            }
            line = at + 1;
        }
        return false;
    }

    private boolean isData(int from, int to) {
        return to - from >= DATA.length
                && Arrays.equals(buffer, from, from + DATA.length, DATA, 0, DATA.length)
                && (to - from == DATA.length || buffer[from + DATA.length] == ':');
    }

    private static boolean isField(String line, String name) {
        return line.startsWith(name)
                && (line.length() == name.length() || line.charAt(name.length()) == ':');
    }

    private static String value(String line, int colon) {
        int from = colon + 1;
        if (from < line.length() && line.charAt(from) == ' ') {
            from++;
        }
        return from >= line.length() ? "" : line.substring(from);
    }

    /** The next line without its end; null at the end of the stream. */
    private @Nullable String line() throws IOException {
        int at = start;
        while (true) {
            if (skipsLineFeed && at < limit) {
                skipsLineFeed = false;
                if (buffer[at] == '\n') {
                    start = ++at;
                }
            }
            while (at < limit && buffer[at] != '\n' && buffer[at] != '\r') {
                at++;
            }
            if (at < limit) {
                skipsLineFeed = buffer[at] == '\r';
                return take(at, at + 1);
            }
            if (hasEnded) {
                return start < limit ? take(limit, limit) : null;
            }
            int scanned = at - start;
            fill();
            at = start + scanned;
        }
    }

    private String take(int end, int next) {
        int from = start;
        if (isFirstLine && end - from >= 3 && hasByteOrderMark(from)) {
            from += 3;
        }
        isFirstLine = false;
        String line = new String(buffer, from, end - from, UTF_8);
        start = next;
        return line;
    }

    private boolean hasByteOrderMark(int at) {
        return buffer[at] == (byte) 0xEF
                && buffer[at + 1] == (byte) 0xBB
                && buffer[at + 2] == (byte) 0xBF;
    }

    private void fill() throws IOException {
        if (start > 0) {
            System.arraycopy(buffer, start, buffer, 0, limit - start);
            limit -= start;
            start = 0;
        }
        if (limit == buffer.length) {
            if (limit >= eventBytesMax) {
                throw tooLarge();
            }
            buffer = Arrays.copyOf(buffer, (int) Math.min(eventBytesMax, buffer.length * 2L));
        }
        int count = source.read(buffer, limit, buffer.length - limit);
        if (count < 0) {
            hasEnded = true;
        } else {
            limit += count;
        }
    }

    private IOException tooLarge() {
        return new IOException("an event has more than " + eventBytesMax + " bytes");
    }
}

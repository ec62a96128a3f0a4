package dev.sluice.batch.lines;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Cuts a stream into lines at {@code \n} or {@code \r\n}; no other character ends one. Memory is
 * that of the longest line. A byte order mark before the first line is skipped.
 */
public final class LineReader {

    private static final int CHUNK = 256 * 1024;
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private final InputStream in;
    private final int longest;
    private byte[] buffer;
    private int start;
    private int end;
    private int scanned;
    private long position;
    private int number;
    private boolean isAtEnd;

    /**
     * Lines of a stream that begins within a file.
     *
     * @param longest bytes of a line
     * @param position of the stream's first byte in its file
     * @param before lines of the file before it
     */
    public LineReader(InputStream in, int longest, long position, int before) {
        this.in = in;
        this.longest = longest;
        this.position = position;
        this.number = before;
        this.buffer = new byte[Math.min(CHUNK, longest + 2)];
    }

    /**
     * The next line, null after the last. A last line needs no end.
     *
     * @throws LineTooLongException if it is longer than allowed
     */
    public @Nullable Line next() throws IOException {
        while (true) {
            for (int i = scanned; i < end; i++) {
                if (buffer[i] == '\n') {
                    return line(i, i + 1);
                }
            }
            scanned = end;
            if (isAtEnd) {
                return start == end ? null : line(end, end);
            }
            fill();
        }
    }

    private Line line(int upTo, int next) {
        int first = start;
        long firstPosition = position;
        if (position == 0 && startsWithMark(upTo)) {
            first += BYTE_ORDER_MARK.length;
            firstPosition += BYTE_ORDER_MARK.length;
        }
        int last = upTo > first && buffer[upTo - 1] == '\r' ? upTo - 1 : upTo;
        number++;
        position += next - start;
        start = next;
        scanned = next;
        return new Line(buffer, first, last - first, number, firstPosition);
    }

    private boolean startsWithMark(int upTo) {
        return upTo - start >= BYTE_ORDER_MARK.length
                && Arrays.equals(
                        buffer,
                        start,
                        start + BYTE_ORDER_MARK.length,
                        BYTE_ORDER_MARK,
                        0,
                        BYTE_ORDER_MARK.length);
    }

    private void fill() throws IOException {
        if (end - start > longest) {
            throw new LineTooLongException(number + 1);
        }
        if (start > 0) {
            System.arraycopy(buffer, start, buffer, 0, end - start);
            scanned -= start;
            end -= start;
            start = 0;
        }
        if (end == buffer.length) {
            buffer = Arrays.copyOf(buffer, (int) Math.min(longest + 2L, buffer.length * 2L));
        }
        int count = in.read(buffer, end, buffer.length - end);
        if (count < 0) {
            isAtEnd = true;
        } else {
            end += count;
        }
    }
}

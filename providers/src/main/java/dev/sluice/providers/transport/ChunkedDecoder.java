package dev.sluice.providers.transport;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * A body in chunks (RFC 9112, section 7.1). Extensions and trailers are skipped, within bounds.
 *
 * <p>One read returns as many chunks as are buffered, so that a burst of small events is passed on
 * at once. Framing that is wrong is reported only after the bytes before it were handed out.
 */
final class ChunkedDecoder implements BodyDecoder {

    private static final int MAX_LINE_BYTES = 8 * 1024;
    private static final int MAX_SIZE_DIGITS = 15;

    private enum State {
        SIZE,
        DATA,
        DATA_END,
        TRAILER,
        END,
        MALFORMED
    }

    private final ConnectionInput input;
    private final int maxTrailerBytes;
    private State state = State.SIZE;
    private @Nullable String complaint;
    private long remaining;
    private int trailerBytes;

    ChunkedDecoder(Connection connection, int maxTrailerBytes) {
        this.input = connection.input();
        this.maxTrailerBytes = maxTrailerBytes;
    }

    @Override
    public int read(byte[] into, int offset, int length, long idleNanos) throws IOException {
        int copied = 0;
        while (true) {
            if (state == State.DATA && input.buffered() > 0 && copied < length) {
                copied += takeData(into, offset + copied, length - copied);
            } else if (!advance()) {
                if (copied > 0) {
                    return copied;
                }
                if (state == State.END) {
                    return -1;
                }
                await(idleNanos);
            }
        }
    }

    private int takeData(byte[] into, int offset, int length) {
        int count = input.take(into, offset, (int) Math.min(length, remaining));
        used(count);
        return count;
    }

    private void used(int count) {
        remaining -= count;
        if (remaining == 0) {
            state = State.DATA_END;
        }
    }

    private void await(long idleNanos) throws IOException {
        if (state == State.MALFORMED) {
            throw new MalformedBodyException(String.valueOf(complaint));
        }
        if (input.fill(Monotonic.now() + idleNanos) < 0) {
            throw new TruncatedBodyException("the body ended before its last chunk");
        }
    }

    /** Goes one piece of framing further, if it is buffered as a whole. */
    private boolean advance() {
        return switch (state) {
            case SIZE -> size();
            case DATA_END -> dataEnd();
            case TRAILER -> trailer();
            case DATA, END, MALFORMED -> false;
        };
    }

    private boolean size() {
        int end = line();
        if (end < 0) {
            return false;
        }
        long size = 0;
        int digits = 0;
        int digit = Character.digit(input.at(0), 16);
        while (digit >= 0 && digits < MAX_SIZE_DIGITS) {
            size = size << 4 | digit;
            digits++;
            digit = Character.digit(input.at(digits), 16);
        }
        int next = digits;
        while (input.at(next) == ' ' || input.at(next) == '\t') {
            next++;
        }
        if (digits == 0 || (next < end && input.at(next) != ';')) {
            return malformed("a chunk has no proper size");
        }
        input.skip(end + 2);
        remaining = size;
        state = size == 0 ? State.TRAILER : State.DATA;
        return true;
    }

    private boolean dataEnd() {
        if (input.buffered() > 0 && input.at(0) != '\r') {
            return malformed("a chunk is longer than it said");
        }
        if (input.buffered() < 2) {
            return false;
        }
        if (input.at(1) != '\n') {
            return malformed("a chunk is longer than it said");
        }
        input.skip(2);
        state = State.SIZE;
        return true;
    }

    private boolean trailer() {
        int end = line();
        if (end < 0) {
            return false;
        }
        trailerBytes += end + 2;
        if (trailerBytes > maxTrailerBytes) {
            return malformed("the trailers are too large");
        }
        input.skip(end + 2);
        if (end == 0) {
            state = State.END;
        }
        return true;
    }

    /**
     * Where the CRLF of the next line is, or -1 when it is not all there, too long or has no CR.
     */
    private int line() {
        int lineFeed = input.lineFeed(0);
        if (lineFeed > MAX_LINE_BYTES || (lineFeed < 0 && input.buffered() > MAX_LINE_BYTES)) {
            malformed("a line between the chunks is too long");
            return -1;
        }
        if (lineFeed == 0 || (lineFeed > 0 && input.at(lineFeed - 1) != '\r')) {
            malformed("a line between the chunks has no CRLF");
            return -1;
        }
        return lineFeed < 0 ? -1 : lineFeed - 1;
    }

    private boolean malformed(String reason) {
        state = State.MALFORMED;
        complaint = reason;
        return false;
    }

    @Override
    public boolean ended() {
        return state == State.END;
    }

    @Override
    public boolean skipBuffered() {
        boolean moved = true;
        while (moved) {
            if (state == State.DATA && input.buffered() > 0) {
                int count = (int) Math.min(remaining, input.buffered());
                input.skip(count);
                used(count);
            } else {
                moved = advance();
            }
        }
        return ended();
    }
}

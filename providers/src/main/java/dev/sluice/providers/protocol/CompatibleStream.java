package dev.sluice.providers.protocol;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sluice.providers.openai.ByteSource;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

/**
 * A stream of OpenAI's wire, line by line: data with words of the provider's own is put in
 * OpenAI's, all else passes as it is. Holds one line; one that is longer than an event may be
 * passes unread. Either half of CRLF ends a line: what is between them is empty.
 */
final class CompatibleStream implements ByteSource {

    private static final int FIRST_ROOM = 4 << 10;
    private static final int LONGEST_LINE = 4 << 20;
    private static final byte[] DATA = "data:".getBytes(US_ASCII);

    private final ByteSource source;
    private byte[] line = new byte[FIRST_ROOM];
    private int start;
    private int limit;
    private byte[] ready = {};
    private int taken;
    private int end;

    CompatibleStream(ByteSource source) {
        this.source = source;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        while (taken == end) {
            if (!advance()) {
                return -1;
            }
        }
        int count = copy(into, offset, length);
        // Whole lines that have arrived go out together: every read may become a flush.
        int next = lineEnd(start);
        while (count < length && taken == end && next >= 0) {
            take(next);
            count += copy(into, offset + count, length - count);
            next = lineEnd(start);
        }
        return count;
    }

    private int copy(byte[] into, int offset, int length) {
        int count = Math.min(length, end - taken);
        System.arraycopy(ready, taken, into, offset, count);
        taken += count;
        return count;
    }

    /** Makes whole lines ready, or at the end what is left; false if nothing is. */
    private boolean advance() throws IOException {
        int scanned = start;
        while (true) {
            int lineEnd = lineEnd(scanned);
            if (lineEnd >= 0) {
                take(lineEnd);
                return true;
            }
            scanned = limit - start;
            if (scanned >= LONGEST_LINE) {
                pass(limit);
                return true;
            }
            makeRoom();
            int count = source.read(line, limit, line.length - limit);
            if (count < 0) {
                boolean isLeft = start < limit;
                pass(limit);
                return isLeft;
            }
            limit += count;
        }
    }

    private int lineEnd(int from) {
        for (int at = from; at < limit; at++) {
            if (line[at] == '\n' || line[at] == '\r') {
                return at + 1;
            }
        }
        return -1;
    }

    /** Moves what is left to the front, so that {@code start} is 0, and grows where it must. */
    private void makeRoom() {
        if (start > 0) {
            System.arraycopy(line, start, line, 0, limit - start);
            limit -= start;
            start = 0;
        }
        if (limit == line.length) {
            line = Arrays.copyOf(line, line.length * 2);
        }
    }

    private void pass(int to) {
        ready = Arrays.copyOfRange(line, start, to);
        taken = 0;
        end = ready.length;
        start = to;
    }

    private void take(int to) {
        int from = start;
        boolean isData = to - from > DATA.length && startsWithData(from);
        if (isData && CompatibleAnswers.hasOwnWords(line, from, to)) {
            Optional<byte[]> mended =
                    CompatibleAnswers.mended(line, from + DATA.length, to, "delta");
            if (mended.isPresent()) {
                byte[] json = mended.get();
                ready = new byte[DATA.length + 1 + json.length + 1];
                System.arraycopy(DATA, 0, ready, 0, DATA.length);
                ready[DATA.length] = ' ';
                System.arraycopy(json, 0, ready, DATA.length + 1, json.length);
                ready[ready.length - 1] = line[to - 1];
                taken = 0;
                end = ready.length;
                start = to;
                return;
            }
        }
        pass(to);
    }

    private boolean startsWithData(int at) {
        return Arrays.equals(line, at, at + DATA.length, DATA, 0, DATA.length);
    }
}

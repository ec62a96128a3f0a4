package dev.sluice.providers.transport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A checked status line and headers, kept as the bytes that came: most are never asked for. */
final class ResponseHead {

    private static final int INTS_PER_FIELD = 4;

    private final int status;
    private final boolean http11;
    private final byte[] bytes;
    private final int[] fields;

    private ResponseHead(int status, boolean http11, byte[] bytes, int[] fields) {
        this.status = status;
        this.http11 = http11;
        this.bytes = bytes;
        this.fields = fields;
    }

    /** A head that did not come over a wire of ours. */
    static ResponseHead of(int status, List<Header> headers) {
        var bytes = new ByteArrayOutputStream();
        var fields = new Fields();
        for (Header header : headers) {
            int start = bytes.size();
            bytes.writeBytes(header.name().getBytes(ISO_8859_1));
            int end = bytes.size();
            bytes.writeBytes(header.value().getBytes(ISO_8859_1));
            fields.add(start, end, end, bytes.size());
        }
        return new ResponseHead(status, true, bytes.toByteArray(), fields.all());
    }

    int status() {
        return status;
    }

    /** Whether it is HTTP/1.1, not 1.0. */
    boolean http11() {
        return http11;
    }

    int size() {
        return fields.length / INTS_PER_FIELD;
    }

    boolean nameIs(int field, String name) {
        int start = fields[field * INTS_PER_FIELD];
        if (fields[field * INTS_PER_FIELD + 1] - start != name.length()) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            if (lower(bytes[start + i]) != lower(name.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static int lower(int c) {
        return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
    }

    int nameLength(int field) {
        return fields[field * INTS_PER_FIELD + 1] - fields[field * INTS_PER_FIELD];
    }

    String value(int field) {
        return text(field * INTS_PER_FIELD + 2);
    }

    /** The value of the first header of that name. */
    @Nullable String value(String name) {
        for (int field = 0; field < size(); field++) {
            if (nameIs(field, name)) {
                return value(field);
            }
        }
        return null;
    }

    List<Header> headers() {
        List<Header> headers = new ArrayList<>(size());
        for (int field = 0; field < size(); field++) {
            headers.add(new Header(text(field * INTS_PER_FIELD), value(field)));
        }
        return headers;
    }

    private String text(int index) {
        return new String(bytes, fields[index], fields[index + 1] - fields[index], ISO_8859_1);
    }

    /** Where names and values start and end. */
    private static final class Fields {

        private int[] offsets = new int[16 * INTS_PER_FIELD];
        private int used;

        void add(int nameStart, int nameEnd, int valueStart, int valueEnd) {
            if (used == offsets.length) {
                offsets = Arrays.copyOf(offsets, used * 2);
            }
            offsets[used] = nameStart;
            offsets[used + 1] = nameEnd;
            offsets[used + 2] = valueStart;
            offsets[used + 3] = valueEnd;
            used += INTS_PER_FIELD;
        }

        int[] all() {
            return used == offsets.length ? offsets : Arrays.copyOf(offsets, used);
        }
    }

    /**
     * Reads a head from its bytes, which end with the empty line and whose lines all end in CRLF.
     *
     * @throws ExchangeFailure for what RFC 9112 or our strictness forbids; its reason repeats no
     *     header value
     */
    static ResponseHead parse(byte[] bytes) throws ExchangeFailure {
        int lineEnd = lineEnd(bytes, 0);
        int status = status(bytes, lineEnd);
        var fields = new Fields();
        int start = lineEnd + 2;
        for (int end = lineEnd(bytes, start); end > start; end = lineEnd(bytes, start)) {
            field(bytes, start, end, fields);
            start = end + 2;
        }
        return new ResponseHead(status, bytes[7] == '1', bytes, fields.all());
    }

    private static int lineEnd(byte[] bytes, int from) {
        int end = from;
        while (bytes[end] != '\r' || bytes[end + 1] != '\n') {
            end++;
        }
        return end;
    }

    private static int status(byte[] line, int end) throws ExchangeFailure {
        boolean sound =
                end >= 12
                        && line[0] == 'H'
                        && line[1] == 'T'
                        && line[2] == 'T'
                        && line[3] == 'P'
                        && line[4] == '/'
                        && line[5] == '1'
                        && line[6] == '.'
                        && (line[7] == '1' || line[7] == '0')
                        && line[8] == ' '
                        && (end == 12 || line[12] == ' ');
        int status = 0;
        for (int i = 9; sound && i < 12; i++) {
            sound = line[i] >= '0' && line[i] <= '9';
            status = status * 10 + (line[i] - '0');
        }
        for (int i = 12; sound && i < end; i++) {
            sound = HeaderRules.isValueByte(line[i] & 0xff);
        }
        if (!sound || status < 100 || status > 599) {
            throw new ExchangeFailure(
                    FailureKind.PROTOCOL, "the answer has no HTTP/1.1 status line");
        }
        return status;
    }

    private static void field(byte[] bytes, int start, int end, Fields fields)
            throws ExchangeFailure {
        int colon = start;
        while (colon < end && HeaderRules.isTokenByte(bytes[colon] & 0xff)) {
            colon++;
        }
        // Also refuses folded lines and a space before the colon: both are ways to smuggle.
        if (colon == start || colon == end || bytes[colon] != ':') {
            throw new ExchangeFailure(
                    FailureKind.PROTOCOL, "a header line of the answer has no proper name");
        }
        int valueStart = colon + 1;
        while (valueStart < end && isBlank(bytes[valueStart])) {
            valueStart++;
        }
        int valueEnd = end;
        while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1])) {
            valueEnd--;
        }
        for (int i = valueStart; i < valueEnd; i++) {
            if (!HeaderRules.isValueByte(bytes[i] & 0xff)) {
                throw new ExchangeFailure(
                        FailureKind.PROTOCOL, "a header value of the answer has a forbidden byte");
            }
        }
        fields.add(start, colon, valueStart, valueEnd);
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }
}
